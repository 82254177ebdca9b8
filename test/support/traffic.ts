import { type Load, type LoadOptions, startLoad } from "@bluegreen/testkit/load/load";
import type { LoadReport } from "@bluegreen/testkit/load/report";
import { bed } from "./bed.ts";
import type { Shop } from "./shop.ts";

/** Requests per second: every moment without an answer is seen. A hundred would take a third of a processor. */
const rate = 50;

/**
 * Steady traffic: new and kept connections, open loop, no retries. On Kubernetes a kept connection stays with its pod
 * until that is drained, which `kubernetes/drain.test.ts` is about; here all are new there.
 */
export function traffic(url: string, options: Partial<LoadOptions> = {}): Promise<Load> {
  return startLoad({
    url,
    rate,
    // It is counted what is lost, not timed: on a busy machine an answer may take seconds.
    timeoutMs: 30_000,
    ...(bed.platform === "kubernetes" ? { newShare: 1, manySources: true } : {}),
    ...options,
  });
}

/** Runs something under steady traffic through the live address. */
export async function underTraffic<T>(shop: Shop, work: () => Promise<T>): Promise<{ result: T; traffic: LoadReport }> {
  const load = await traffic(shop.url, { inside: shop.front.inside ?? [] });
  try {
    const result = await work();
    return { result, traffic: await load.stop() };
  } finally {
    await load.stop();
  }
}

/** What to expect of traffic that nothing happened to: `expect(traffic).toMatchObject(untouched("blue"))`. */
export function untouched(color: "blue" | "green") {
  return { failures: [], byColor: { none: 0, [color === "blue" ? "green" : "blue"]: 0 } };
}
