import { fraction, humanFraction, type MemoryCheckSettings, mebibytes, type Percent, type Size } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import { noMetrics, unknown } from "./parts/usage.ts";
import type { Watches } from "./parts/waits.ts";

export interface MemoryCheck extends Watches {
  readonly kind: "memory";
  /** A size such as `"400MB"` below the service's limit, or a share of its `resources.memory` such as `"80%"`. */
  readonly below: Size | Percent;
}

/** Each container's memory, without what the system could drop at once. @example memory({ below: "80%" }) */
export const memory = kind<MemoryCheck>("memory", checkMemory);

/** Memory of each container, against a size or a share of its limit. */
export function checkMemory({ service, below }: MemoryCheckSettings, subject: Subject): Promise<Finding> {
  return eachOf(service, subject, async (container) => {
    const { name } = container;
    const { memory, memoryLimit } = await container.measures.usage();
    if (memory === null) return unknown(name, "memory", noMetrics);
    const mib = Math.round(memory / 2 ** 20);
    if (!below.endsWith("%")) {
      const passed = memory < mebibytes(below) * 2 ** 20;
      return { result: passed ? "passed" : "failed", detail: `${name} uses ${mib} MB (below ${below})` };
    }
    if (memoryLimit === null) return unknown(name, "limit of memory", "set resources.memory");
    const share = memory / memoryLimit;
    const detail = `${name} uses ${mib} MB, ${humanFraction(share)} of its limit (below ${below})`;
    return { result: share < fraction(below) ? "passed" : "failed", detail };
  });
}
