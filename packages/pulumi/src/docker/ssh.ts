import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import http from "node:http";
import type { Socket } from "node:net";
import { Connection } from "./connection.ts";

/**
 * The Docker CLI's deadline; and a connection that idles while a long gate runs is kept alive, or known to be dead in
 * time. Seconds.
 */
const options = { ConnectTimeout: 30, ServerAliveInterval: 15 };
/** `sshd` turns away who opens ten at a time (`MaxStartups`). */
const connections = 8;
const complaintBytes = 2_000;

const agents = new Map<string, http.Agent>();

/**
 * The agent for a host, whose connections outlive a step of the update: a new one costs a good part of a second. They are
 * `ssh … docker system dial-stdio`, as those of the Docker CLI and of Pulumi's Docker provider are: host aliases, keys,
 * jump hosts and known hosts are those of `~/.ssh/config`, and the machine behind them needs no more than the CLI asks of
 * it. `ssh` gets no terminal, so what it would ask for is an error.
 */
export function sshAgent(host: URL): http.Agent {
  const known = agents.get(host.href);
  if (known) return known;
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const args = sshArguments(host);
  agent.createConnection = () => new SshConnection(host, args);
  agents.set(host.href, agent);
  return agent;
}

/** @throws for a password, which every user of the machine could read */
export function sshArguments({ username, password, hostname, port, pathname }: URL): string[] {
  if (password !== "") throw new Error("a Docker host with ssh:// takes no password; use a key or an agent");
  const socket = pathname.replace(/^\/+/, "") === "" ? [] : [`--host=unix://${pathname}`];
  return [
    ...(username === "" ? [] : ["-l", decodeURIComponent(username)]),
    ...(port === "" ? [] : ["-p", port]),
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    ...["-T", "--", hostname.replace(/^\[|\]$/g, "")],
    ...["docker", ...socket, "system", "dial-stdio"],
  ];
}

class SshConnection extends Connection {
  private readonly child: ChildProcessWithoutNullStreams;
  private complaint = "";

  constructor(host: URL, args: readonly string[]) {
    super();
    // A session of its own, as the CLI gives it: Ctrl-C is for who uses the connection, which may have to write once more.
    this.child = spawn("ssh", args, { detached: true });
    this.child.on("error", (error) => this.destroy(new Error(`ssh can't be started: ${error.message}`)));
    this.child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) this.child.stdout.pause();
    });
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-complaintBytes);
    });
    // What it was told too late is told by its end.
    this.child.stdin.on("error", () => {});
    this.child.on("close", (code) => {
      if (code === 0) this.push(null);
      else this.destroy(new Error(`ssh to ${host.host} ended (${code}): ${this.complaint.trim()}`));
    });
  }

  override ref(): this {
    for (const one of this.handles()) one.ref();
    return this;
  }

  override unref(): this {
    for (const one of this.handles()) one.unref();
    return this;
  }

  private handles(): { ref(): void; unref(): void }[] {
    const { child } = this;
    return [child, ...([child.stdin, child.stdout, child.stderr] as unknown as Socket[])];
  }

  override _read(): void {
    this.child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.child.kill();
    done(error);
  }
}
