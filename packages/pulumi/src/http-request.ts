import http from "node:http";
import type { Duplex } from "node:stream";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeoutMs: number;
  /** Without one, a new connection of its own. */
  readonly agent?: http.Agent;
  /** An open connection to use instead. */
  readonly createConnection?: () => Duplex;
}

/** Bodies are read up to this many bytes; checks look at no more. */
const bodyLimit = 1 << 20;

/** One HTTP request, no retry, no redirect followed. Rejects when there is no complete answer in time. */
export function request(ask: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      outgoing.destroy(new Error(`no answer from ${ask.host}:${ask.port}${ask.path} within ${ask.timeoutMs} ms`));
    }, ask.timeoutMs);
    const outgoing = http.request({
      host: ask.host,
      port: ask.port,
      path: ask.path,
      method: ask.method ?? "GET",
      headers: { ...(ask.body === undefined ? {} : { "content-length": Buffer.byteLength(ask.body) }), ...ask.headers },
      agent: ask.agent ?? false,
      ...(ask.createConnection ? { agent: undefined, createConnection: ask.createConnection } : {}),
    });
    outgoing.on("error", (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= bodyLimit) chunks.push(chunk);
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        clearTimeout(deadline);
        const body = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
      });
    });
    outgoing.end(ask.body);
  });
}
