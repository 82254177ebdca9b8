import { type CpuCheckSettings, fraction, humanFraction, type MemoryCheckSettings, mebibytes } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";

const noMetrics = "the cluster has no metrics API and the image no shell; install metrics-server, or use prometheus()";

/** Processor time of each container, of one processor or of what it may have. */
export function checkCpu({ service, below, of }: CpuCheckSettings, subject: Subject): Promise<Finding> {
  return eachOf(service, subject, async (container) => {
    const { name } = container;
    const { cpu, cpuLimit } = await container.usage();
    if (cpu === null) return unknown(name, "processor time", noMetrics);
    if (of === "limit" && cpuLimit === null) return unknown(name, "limit of processors", "set resources.cpus");
    const share = of === "limit" ? cpu / (cpuLimit as number) : cpu;
    const whole = of === "limit" ? "its limit" : "one processor";
    const detail = `${name} uses ${humanFraction(share)} of ${whole} (below ${below})`;
    return { result: share < fraction(below) ? "passed" : "failed", detail };
  });
}

/** Memory of each container, against a size or a share of its limit. */
export function checkMemory({ service, below }: MemoryCheckSettings, subject: Subject): Promise<Finding> {
  return eachOf(service, subject, async (container) => {
    const { name } = container;
    const { memory, memoryLimit } = await container.usage();
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

function unknown(name: string, what: string, fix: string): Finding {
  return { result: "inconclusive", detail: `${name} has no ${what} that could be told: ${fix}` };
}
