import { type CpuCheckSettings, fraction, humanFraction, type Percent } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import { noMetrics, unknown } from "./parts/usage.ts";
import type { Watches } from "./parts/waits.ts";

export interface CpuCheck extends Watches {
  readonly kind: "cpu";
  /**
   * Each container's processor time, such as `"70%"`; more than 100 % of one processor is possible. What the service's
   * limit rules out anyway is refused: it would always pass.
   */
  readonly below: Percent;
  /** Of one processor, as `docker stats` counts, or of the service's `resources.cpus`. @default "processor" */
  readonly of?: "processor" | "limit" | undefined;
}

/**
 * Processor time over a second. On Kubernetes it is asked of the metrics API, or where there is none inside the
 * container, for which its image needs a shell. @example cpu({ below: "70%" })
 */
export const cpu = kind<CpuCheck>("cpu", checkCpu);

/** Processor time of each container, of one processor or of what it may have. */
export function checkCpu({ service, below, of }: CpuCheckSettings, subject: Subject): Promise<Finding> {
  return eachOf(service, subject, async (container) => {
    const { name } = container;
    const { cpu, cpuLimit } = await container.measures.usage();
    if (cpu === null) return unknown(name, "processor time", noMetrics);
    if (of === "limit" && cpuLimit === null) return unknown(name, "limit of processors", "set resources.cpus");
    const share = of === "limit" ? cpu / (cpuLimit as number) : cpu;
    const whole = of === "limit" ? "its limit" : "one processor";
    const detail = `${name} uses ${humanFraction(share)} of ${whole} (below ${below})`;
    return { result: share < fraction(below) ? "passed" : "failed", detail };
  });
}
