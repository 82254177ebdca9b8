import type { Finding } from "../../contracts/check.ts";

export const noMetrics =
  "the cluster has no metrics API and the image no shell; install metrics-server, or use prometheus()";

export function unknown(name: string, what: string, fix: string): Finding {
  return { result: "inconclusive", detail: `${name} has no ${what} that could be told: ${fix}` };
}
