import * as pulumi from "@pulumi/pulumi";
import type { ContainerSpec } from "./container-spec.ts";

type Words = (given: any) => unknown;

/**
 * A container's properties in the words in which Docker's plugin reads them back. It compares those with what is
 * declared, so anything that is said in other words is a change at every run, and nearly all of them replace the
 * container. (Its `d.Set` calls are in terraform-provider-docker, `resource_docker_container_funcs.go`.)
 */
export function asReadBack(spec: ContainerSpec): ContainerSpec {
  const { cpus, ...rest } = spec;
  const said = Object.entries(rest).map(([property, value]) => {
    const words = wordsOf[property];
    return [property, words && value !== undefined ? pulumi.output(value).apply(words) : value];
  });
  // Docker's own default is twice the memory, and the plugin finds a change in that.
  const swap = spec.memory !== undefined && spec.memorySwap === undefined ? { memorySwap: spec.memory } : {};
  return { ...(Object.fromEntries(said) as ContainerSpec), ...swap, ...cpuLimit(cpus) };
}

const wordsOf: Readonly<Record<string, Words>> = {
  capabilities: ({ adds, drops, ...more }) => ({
    ...more,
    ...(adds === undefined ? {} : { adds: adds.map(capability) }),
    ...(drops === undefined ? {} : { drops: drops.map(capability) }),
  }),
  healthcheck: (check) => {
    const words = ["interval", "timeout", "startPeriod", "startInterval"].flatMap((name) => {
      return typeof check[name] === "string" ? [[name, goDuration(check[name])]] : [];
    });
    return { ...check, ...Object.fromEntries(words) };
  },
  ports: (ports: { internal: number; protocol?: string }[]) =>
    ports.toSorted((a, b) => a.internal - b.internal || ((a.protocol ?? "tcp") < (b.protocol ?? "tcp") ? -1 : 1)),
};

/** Newer engines answer with the prefix whatever they were told; all take it. */
function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

const quotaPeriod = 100_000;

/**
 * As `cpus`, or where the plugin reads that back as another number (0.05 as 0.1) as the same share of a period in
 * microseconds, which it does not read back.
 */
function cpuLimit(cpus: pulumi.Input<string> | undefined): Partial<ContainerSpec> {
  if (cpus === undefined) return {};
  if (typeof cpus !== "string") return { cpus: pulumi.output(cpus).apply((text) => cpusReadBack(text) ?? text) };
  const words = cpusReadBack(cpus);
  if (words !== null) return { cpus: words };
  return { cpuPeriod: quotaPeriod, cpuQuota: Math.round(Number(cpus) * quotaPeriod) };
}

/** What the plugin makes of these CPUs; `null` where that is another number. */
export function cpusReadBack(cpus: string): string | null {
  const billionths = BigInt(Math.round(Number(cpus) * 1e9));
  const text = `${billionths / 1_000_000_000n}.${String(billionths % 1_000_000_000n).padStart(9, "0")}`;
  // It counts zeros to find out whether a number is whole, or has one digit after the point.
  const zeros = text.split("0").length - 1;
  const words = zeros === 9 ? (Math.round(Number(text) * 10) / 10).toFixed(1) : text.replace(/0+$/, "");
  return Number(words) === Number(text) ? words : null;
}

const nanoseconds = { h: 3_600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 } as const;

/** A duration as Go writes it: `1m30s` for `90s`. What is none is left to the plugin to refuse. */
export function goDuration(text: string): string {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return text;
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * nanoseconds[unit as "h"], 0);
  if (total === 0) return "0s";
  const below = (["ms", "µs", "ns"] as const).find((unit) => total < 1e9 && total >= nanoseconds[unit]);
  if (below) return `${total / nanoseconds[below]}${below}`;
  const [hours, minutes] = [Math.floor(total / nanoseconds.h), Math.floor((total % nanoseconds.h) / nanoseconds.m)];
  const seconds = `${(total % nanoseconds.m) / nanoseconds.s}s`;
  return hours > 0 ? `${hours}h${minutes}m${seconds}` : minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
