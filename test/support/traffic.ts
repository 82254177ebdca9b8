import { startLoad } from "@bluegreen/testbed/load/load";
import type { LoadReport } from "@bluegreen/testbed/load/report";
import type { Shop } from "./shop.ts";

/** Requests per second: every moment without an answer is seen, and two cores have time for the rest. */
const rate = 100;

/** Runs something under steady traffic through the live address: kept and new connections, open loop, no retries. */
export async function underTraffic<T>(shop: Shop, work: () => Promise<T>): Promise<{ result: T; traffic: LoadReport }> {
  const load = await startLoad({ url: shop.url, rate });
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
