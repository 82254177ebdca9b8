import http from "node:http";
import https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";

const ANSWER_WITHIN_MS = 60_000;

/** A Kubernetes object, as its API writes it. */
export interface KubeObject {
  readonly [field: string]: any;
}

/** What the API server refused, in its own words. */
export class ApiError extends Error {
  readonly code: number;
  constructor(code: number, status: { message?: string }) {
    super(status.message ?? `the API server answered with status ${code}`);
    this.code = code;
  }
}

export interface Call {
  query?: { [name: string]: string | undefined };
  body?: unknown;
  /** Of the body. @default "application/json" */
  contentType?: string;
}

/** HTTP to one API server, with the identity that the kubeconfig gives. */
export class ApiServer {
  readonly #config: KubeConfig;
  readonly #server: URL;
  readonly #agent: http.Agent;

  constructor(config: KubeConfig) {
    this.#config = config;
    this.#server = new URL(config.getCurrentCluster()!.server);
    this.#agent = new (this.#server.protocol === "https:" ? https.Agent : http.Agent)({ keepAlive: true });
  }

  /** @throws ApiError for an answer that isn't a success; another Error if there is no answer */
  async call(method: string, path: string, { query = {}, body, contentType }: Call = {}): Promise<KubeObject> {
    const url = this.#url(path, query);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { status, answer } = await this.#send(method, url, text, contentType ?? "application/json");
    const parsed = parse(answer);
    if (status >= 200 && status < 300) return parsed as KubeObject;
    throw new ApiError(status, typeof parsed === "object" ? parsed : { message: String(parsed) });
  }

  /** Calls back with every version of what a list query finds, until `over`. A connection that breaks is not renewed. */
  async watch(path: string, query: { [name: string]: string }, over: AbortSignal, seen: (object: KubeObject) => void) {
    const url = this.#url(path, { ...query, watch: "true" });
    let rest = "";
    const read = (response: http.IncomingMessage) => {
      response.setEncoding("utf8");
      response.on("error", () => {});
      response.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const { type, object } of lines.map(parse)) if (type === "ADDED" || type === "MODIFIED") seen(object);
      });
    };
    const request = await this.#request("GET", url, {}, over, read);
    request.on("error", () => {});
    request.end();
  }

  #url(path: string, query: { [name: string]: string | undefined }): URL {
    const url = new URL(this.#server.pathname.replace(/\/$/, "") + path, this.#server);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  #send(method: string, url: URL, body: string | undefined, contentType: string) {
    const headers =
      body === undefined ? {} : { "content-type": contentType, "content-length": `${Buffer.byteLength(body)}` };
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
    return new Promise<{ status: number; answer: string }>((done, failed) => {
      const read = (response: http.IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", failed);
        response.on("end", () => done({ status: response.statusCode ?? 0, answer: Buffer.concat(chunks).toString() }));
      };
      this.#request(method, url, headers, late, read).then((request) => {
        request.on("error", (error: AggregateError) => {
          if (late.aborted) failed(new Error(`no answer from ${url.host} within ${ANSWER_WITHIN_MS / 1000} s`));
          // A host with several addresses fails with one error for each, and no message of its own.
          else failed(error.message ? error : (error.errors?.[0] ?? error));
        });
        request.end(body);
      }, failed);
    });
  }

  async #request(
    method: string,
    url: URL,
    headers: http.OutgoingHttpHeaders,
    signal: AbortSignal,
    read: (response: http.IncomingMessage) => void,
  ): Promise<http.ClientRequest> {
    // Asked every time: tokens expire. What is costly about them the client keeps by itself.
    const options: https.RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    if (!this.#config.getCurrentCluster()?.proxyUrl) options.agent = this.#agent;
    const identity = options.headers as http.OutgoingHttpHeaders | undefined;
    const all = { ...identity, accept: "application/json", ...headers };
    const send = url.protocol === "https:" ? https.request : http.request;
    return send(url, { ...options, method, headers: all, signal }, read);
  }
}

function parse(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
