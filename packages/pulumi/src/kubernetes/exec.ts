import { Duplex, PassThrough, Writable } from "node:stream";
import type { V1Status } from "@kubernetes/client-node";
import { bounds, Tail } from "../io/bounds.ts";
import { within } from "../io/deadline.ts";
import type { KubernetesClient } from "./client.ts";
import { messageOf } from "./forward.ts";

export interface Place {
  readonly pod: string;
  readonly container: string;
}

interface Streams {
  readonly stdin: PassThrough | null;
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

/** Runs a program in a pod to its end. Rejects when it can't be started, or takes longer; it is ended then. */
export async function runExec(
  client: KubernetesClient,
  place: Place,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ exit: number; output: string }> {
  const output = new Tail(bounds.printed);
  const keep = (chunk: Buffer) => output.add(chunk);
  const { ended, close } = await start(client, place, command, { stdin: null, stdout: keep, stderr: keep });
  try {
    const exit = exitOf(await within(timeoutMs, ended, `${command[0]} did not end`));
    return { exit, output: output.toString() };
  } finally {
    close();
  }
}

/** A program in a pod: what is written goes to its stdin, what is read is its stdout. */
export async function openExec(client: KubernetesClient, place: Place, command: readonly string[]): Promise<Duplex> {
  const stdin = new PassThrough();
  const complaint = new Tail(bounds.message);
  let close = () => {};
  const stream = new Duplex({
    allowHalfOpen: false,
    read() {},
    write: (chunk, encoding, done) => void stdin.write(chunk, encoding, () => done()),
    final: (done) => void stdin.end(done),
    destroy(error, done) {
      close();
      done(error);
    },
  });
  const started = await start(client, place, command, {
    stdin,
    stdout: (chunk) => void stream.push(chunk),
    stderr: (chunk) => complaint.add(chunk),
  });
  close = started.close;
  started.ended.then(
    (status) => {
      const said = complaint.toString().trim();
      if (said !== "") stream.destroy(new Error(said));
      else if (exitOf(status) !== 0) stream.destroy(new Error(`${command[0]} ended with ${exitOf(status)}`));
      else stream.push(null);
    },
    (error: Error) => stream.destroy(error),
  );
  return stream;
}

async function start(
  client: KubernetesClient,
  { pod, container }: Place,
  command: readonly string[],
  streams: Streams,
) {
  const { Exec } = await import("@kubernetes/client-node");
  const sink = (take: (chunk: Buffer) => void) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        take(chunk);
        done();
      },
    });
  let settle: { resolve: (status: V1Status) => void; reject: (error: Error) => void };
  const ended = new Promise<V1Status>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever only closes it awaits nothing.
  ended.catch(() => {});
  const exec = new Exec(client.config);
  const [stdout, stderr] = [sink(streams.stdout), sink(streams.stderr)];
  const arrived = (status: V1Status) => settle.resolve(status);
  const websocket = await exec
    .exec(client.namespace, pod, container, [...command], stdout, stderr, streams.stdin, false, arrived)
    .catch((error) => {
      throw new Error(`can't run ${command[0]} in pod ${pod}: ${messageOf(error)}`);
    });
  const broke = () => settle.reject(new Error(`the connection to ${command[0]} in pod ${pod} was lost`));
  websocket.onclose = broke;
  websocket.onerror = broke;
  return { ended, close: () => websocket.close() };
}

/** @throws when the program did not run at all */
function exitOf({ status, reason, message, details }: V1Status): number {
  if (status === "Success") return 0;
  const exit = details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (reason === "NonZeroExitCode" && exit !== undefined) return Number(exit);
  throw new Error(message ?? "it could not be started");
}
