/**
 * What this library asks of the Docker Engine's API (https://docs.docker.com/reference/api/engine/), and no more. The
 * client libraries for it bring an SSH client of their own, which is built at installation, and some two hundred modules
 * into each gate's process. Words and types are those of `dockerode`.
 */
import http from "node:http";
import https from "node:https";
import type { Duplex, Readable } from "node:stream";
import type Types from "dockerode";
import { bounds, readWhole } from "../io/bounds.ts";

/** How the engine is reached: `socketPath`, or `host` and `port`, or an `agent`; over TLS where there is a `ca`. */
export type Endpoint = Pick<https.RequestOptions, "socketPath" | "host" | "port" | "agent" | "ca" | "cert" | "key">;

type Query = Readonly<Record<string, unknown>>;

interface Call {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, a tar archive. */
  readonly archive?: Readable;
  /** The connection is asked for, to talk over it as it is. */
  readonly hijack?: boolean;
}

/** The engine's own answer, a status of 300 and above. */
export class DockerError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(`Docker answered ${statusCode}: ${message || http.STATUS_CODES[statusCode]}`);
    this.statusCode = statusCode;
  }
}

/** One Docker Engine. Every method rejects with a `DockerError` for what the engine refuses. */
export class Docker {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  getContainer(id: string): Container {
    return new Container(this, id);
  }

  getImage(name: string) {
    return { inspect: () => this.json<Types.ImageInspectInfo>("GET", `/images/${name}/json`) };
  }

  getNetwork(id: string) {
    return { remove: () => this.done("DELETE", `/networks/${id}`) };
  }

  getVolume(name: string) {
    return {
      inspect: () => this.json<Types.VolumeInspectInfo>("GET", `/volumes/${name}`),
      remove: () => this.done("DELETE", `/volumes/${name}`),
    };
  }

  info(): Promise<any> {
    return this.json("GET", "/info");
  }

  listContainers(query: Query = {}): Promise<Types.ContainerInfo[]> {
    return this.json("GET", "/containers/json", { query });
  }

  listImages(): Promise<Types.ImageInfo[]> {
    return this.json("GET", "/images/json");
  }

  listNetworks(query: Query = {}): Promise<Types.NetworkInspectInfo[]> {
    return this.json("GET", "/networks", { query });
  }

  async listVolumes(query: Query = {}): Promise<{ readonly Volumes: Types.VolumeInspectInfo[] }> {
    const { Volumes } = await this.json<{ Volumes: Types.VolumeInspectInfo[] | null }>("GET", "/volumes", { query });
    return { Volumes: Volumes ?? [] };
  }

  async createContainer({ name, ...body }: Types.ContainerCreateOptions): Promise<Container> {
    const { Id } = await this.json<{ Id: string }>("POST", "/containers/create", { query: { name }, body });
    return this.getContainer(Id);
  }

  async createVolume(body: Types.VolumeCreateOptions): Promise<void> {
    await this.done("POST", "/volumes/create", { body });
  }

  /** The answer as JSON. */
  async json<T>(method: string, path: string, call?: Call): Promise<T> {
    const text = (await readWhole(await this.stream(method, path, call), bounds.list)).toString();
    // Of a container that ends meanwhile the engine says nothing at all.
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** Nothing but that it was done. */
  async done(method: string, path: string, call?: Call): Promise<void> {
    (await this.stream(method, path, call)).resume();
  }

  /** The answer as it comes. */
  stream(method: string, path: string, call: Call = {}): Promise<http.IncomingMessage> {
    return this.#call(method, path, call) as Promise<http.IncomingMessage>;
  }

  /** The connection itself, once the engine has switched it over. */
  connection(method: string, path: string, call: Omit<Call, "hijack">): Promise<Duplex> {
    return this.#call(method, path, { ...call, hijack: true }) as Promise<Duplex>;
  }

  #call(method: string, path: string, { query = {}, body, archive, hijack }: Call): Promise<Duplex | Readable> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      ...(archive ? { "content-type": "application/x-tar" } : {}),
      ...(hijack ? { connection: "Upgrade", upgrade: "tcp" } : {}),
    };
    const { request } = this.#endpoint.ca ? https : http;
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.#endpoint, method, path: `${path}${searchOf(query)}`, headers });
      sent.on("error", reject);
      sent.on("upgrade", (_, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      sent.on("response", (answer) => {
        const { statusCode = 0 } = answer;
        if (statusCode < 300) resolve(answer);
        else refusal(answer, statusCode).then(reject, reject);
      });
      if (archive) archive.on("error", (error) => sent.destroy(error)).pipe(sent);
      else sent.end(text);
    });
  }
}

export class Container {
  readonly id: string;
  readonly #docker: Docker;

  constructor(docker: Docker, id: string) {
    this.#docker = docker;
    this.id = id;
  }

  inspect(): Promise<Types.ContainerInspectInfo> {
    return this.#docker.json("GET", this.#path("json"));
  }

  start(): Promise<void> {
    return this.#docker.done("POST", this.#path("start"));
  }

  /** @param query.t seconds until it is killed */
  stop(query: { readonly t?: number } = {}): Promise<void> {
    return this.#docker.done("POST", this.#path("stop"), { query });
  }

  /** @param query.t seconds until it is killed */
  restart(query: { readonly t?: number } = {}): Promise<void> {
    return this.#docker.done("POST", this.#path("restart"), { query });
  }

  rename(query: { readonly name: string }): Promise<void> {
    return this.#docker.done("POST", this.#path("rename"), { query });
  }

  unpause(): Promise<void> {
    return this.#docker.done("POST", this.#path("unpause"));
  }

  /** @param query.v its anonymous volumes, too */
  remove(query: { readonly force?: boolean; readonly v?: boolean } = {}): Promise<void> {
    return this.#docker.done("DELETE", this.#path(), { query });
  }

  /** Prepares a program to be run in it. */
  async exec(body: Types.ExecCreateOptions): Promise<Exec> {
    const { Id } = await this.#docker.json<{ Id: string }>("POST", this.#path("exec"), { body });
    return new Exec(this.#docker, Id);
  }

  attach(query: Types.ContainerAttachOptions): Promise<Duplex> {
    const { hijack: _hijack, ...rest } = query;
    return this.#docker.connection("POST", this.#path("attach"), { query: rest });
  }

  logs(query: { readonly since: number }): Promise<Readable> {
    return this.#docker.stream("GET", this.#path("logs"), { query: { stdout: true, stderr: true, ...query } });
  }

  stats(query: { readonly "one-shot": boolean }): Promise<Partial<Types.ContainerStats>> {
    return this.#docker.json("GET", this.#path("stats"), { query: { stream: false, ...query } });
  }

  getArchive(query: { readonly path: string }): Promise<Readable> {
    return this.#docker.stream("GET", this.#path("archive"), { query });
  }

  putArchive(archive: Readable, query: { readonly path: string }): Promise<void> {
    return this.#docker.done("PUT", this.#path("archive"), { query, archive });
  }

  #path(what?: string): string {
    return `/containers/${encodeURIComponent(this.id)}${what === undefined ? "" : `/${what}`}`;
  }
}

export class Exec {
  readonly #docker: Docker;
  readonly #id: string;

  constructor(docker: Docker, id: string) {
    this.#docker = docker;
    this.#id = id;
  }

  /** Its stdin, and the frames of its stdout and stderr. */
  start(): Promise<Duplex> {
    return this.#docker.connection("POST", `/exec/${this.#id}/start`, { body: { Detach: false, Tty: false } });
  }

  inspect(): Promise<Types.ExecInspectInfo> {
    return this.#docker.json("GET", `/exec/${this.#id}/json`);
  }
}

function searchOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  const texts = given.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
  return `?${new URLSearchParams(texts as [string, string][])}`;
}

async function refusal(answer: http.IncomingMessage, statusCode: number): Promise<DockerError> {
  const text = (await readWhole(answer, bounds.message)).toString();
  try {
    return new DockerError(statusCode, String(JSON.parse(text).message ?? text));
  } catch {
    return new DockerError(statusCode, text.trim());
  }
}
