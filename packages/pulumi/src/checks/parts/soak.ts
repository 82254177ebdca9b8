import { setTimeout as sleep } from "node:timers/promises";
import type { Entrance } from "../../contracts/check.ts";
import { reasonOf } from "../../io/reason.ts";

export interface SoakPlan {
  readonly path: string;
  /** Requests a second, shared by the entrances in turn. */
  readonly rate: number;
  readonly forMs: number;
  readonly timeoutMs: number;
}

export interface Soaked {
  readonly sent: number;
  /** Requests without a complete answer in time, or with a status of 500 and above. */
  readonly errors: number;
  /** What the first of them was. */
  readonly error: string;
  /** Ascending, a request each; `Infinity` for an error. Milliseconds from when it was due. */
  readonly latencies: readonly number[];
}

/** As many as a color keeps busy that takes 400 ms to answer 20 requests a second. */
const connections = 8;

/**
 * Makes connections that a soak then finds there: on Docker each is a tunnel through the engine, and what that takes is
 * not the color's. What the requests are answered says nothing yet.
 */
export async function connectFirst(entrances: readonly Entrance[], { path, timeoutMs }: SoakPlan): Promise<void> {
  const each = Math.ceil(connections / entrances.length);
  const asked = entrances.flatMap((entrance) => {
    return Array.from({ length: each }, () => entrance.request({ path, timeoutMs }));
  });
  await Promise.allSettled(asked);
}

/**
 * Load on a color, open loop: each request is due at its time, and waiting to be sent counts as latency, so that a color
 * that stalls can't hide it by being asked less (what load testers call coordinated omission).
 */
export async function soak(entrances: readonly Entrance[], plan: SoakPlan): Promise<Soaked> {
  const { rate, forMs } = plan;
  const count = Math.floor((rate * forMs) / 1_000);
  const started = performance.now();
  const sent: Promise<Sent>[] = [];
  for (let index = 0; index < count; index++) {
    const due = started + (index * 1_000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    sent.push(send(entrances[index % entrances.length] as Entrance, plan, due));
  }
  const all = await Promise.all(sent);
  const failed = all.filter(({ error }) => error !== null);
  return {
    sent: count,
    errors: failed.length,
    error: failed[0]?.error ?? "",
    latencies: all.map(({ latency }) => latency).sort((a, b) => a - b),
  };
}

interface Sent {
  readonly latency: number;
  readonly error: string | null;
}

async function send(entrance: Entrance, { path, timeoutMs }: SoakPlan, due: number): Promise<Sent> {
  try {
    const { status } = await entrance.request({ path, timeoutMs });
    const error = status >= 500 ? `${entrance.name} answered ${path} with ${status}` : null;
    return { latency: error === null ? performance.now() - due : Number.POSITIVE_INFINITY, error };
  } catch (error) {
    return { latency: Number.POSITIVE_INFINITY, error: `${entrance.name} did not answer ${path}: ${reasonOf(error)}` };
  }
}

/** The nearest-rank percentile of ascending values. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? Number.NaN;
}
