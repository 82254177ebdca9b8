/**
 * The least that moves Caddy's traffic: one PATCH of the upstreams over plain HTTP, no compare-and-swap, no record. Runs
 * in a process of its own inside the router's network namespace, where the admin API listens.
 */
import { request } from "node:http";
import { type Anchor, clockFrom } from "@bluegreen/testkit/load/clock";

export interface BareOrder {
  readonly anchor: Anchor;
  readonly path: string;
  readonly backends: readonly string[];
}

export interface BareAnswer {
  /** When the request was sent and answered, in ms since 1970. */
  readonly sentAt: number;
  readonly endedAt: number;
  readonly status: number;
}

process.on("message", ({ anchor, path, backends }: BareOrder) => {
  const now = clockFrom(anchor);
  const body = JSON.stringify(backends.map((dial) => ({ dial })));
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const sentAt = now();
  const sent = request({ host: "127.0.0.1", port: 2019, path, method: "PATCH", headers, agent: false }, (answer) => {
    answer.resume().on("end", () => tell({ sentAt, endedAt: now(), status: answer.statusCode ?? 0 }));
  });
  sent.on("error", () => tell({ sentAt, endedAt: now(), status: 0 }));
  sent.end(body);
});

function tell(answer: BareAnswer): void {
  process.send?.(answer);
}
