import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { Answer } from "../contracts/answer.ts";
import { bounds } from "./bounds.ts";

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
  /** Over TLS, with these options; `{}` for the machine's own trust. */
  readonly tls?: Readonly<https.RequestOptions>;
  /** Over TLS with whatever certificate is shown. */
  readonly scheme?: "https";
  /** Bodies are read up to this many bytes. @default `bounds.answer`, checks look at no more */
  readonly bodyLimit?: number;
}

/** One HTTP request, no retry, no redirect followed. Rejects when there is no complete answer in time. */
export function request(ask: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      outgoing.destroy(new Error(`no answer from ${ask.host}:${ask.port}${ask.path} within ${ask.timeoutMs} ms`));
    }, ask.timeoutMs);
    const over = ask.scheme ? { rejectUnauthorized: false, ...ask.tls } : ask.tls;
    const { request: send } = over ? https : http;
    const limit = ask.bodyLimit ?? bounds.answer;
    const outgoing = send({
      ...over,
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
      const answered = (cut: boolean) => {
        clearTimeout(deadline);
        const body = Buffer.concat(chunks).subarray(0, limit).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, ...(cut ? { cut } : {}) });
      };
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= limit) return;
        answered(true);
        incoming.destroy();
      });
      incoming.on("error", reject);
      incoming.on("end", () => answered(false));
    });
    outgoing.end(ask.body);
  });
}
