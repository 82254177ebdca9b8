import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { asReadBack, cpusReadBack, goDuration } from "../src/docker/declare/read-back.ts";

describe("a container is declared in the words in which Docker's plugin reads it back", () => {
  // By running its `nanoInt64ToDecimalString`.
  test.each([
    ["1", "1.0"],
    ["2", "2.0"],
    ["0.5", "0.5"],
    ["0.25", "0.25"],
    ["1.5", "1.5"],
    ["0.1", "0.1"],
    ["10.5", "10.5"],
    ["1.05", "1.05"],
    ["10", "10."],
    ["0.123456789", "0.123456789"],
    ["0.05", null],
    ["0.01", null],
    ["100.25", null],
  ])("%s CPUs as %s", (cpus, words) => {
    expect(cpusReadBack(cpus)).toBe(words);
  });

  test("CPUs that it would read as others as a share of a period", () => {
    expect(asReadBack({ image: "shop", cpus: "0.05" })).toEqual({ image: "shop", cpuPeriod: 100_000, cpuQuota: 5_000 });
    expect(asReadBack({ image: "shop", cpus: "2" })).toEqual({ image: "shop", cpus: "2.0" });
  });

  test.each([
    ["30s", "30s"],
    ["90s", "1m30s"],
    ["1m", "1m0s"],
    ["1h", "1h0m0s"],
    ["1.5s", "1.5s"],
    ["500ms", "500ms"],
    ["0", "0"],
    ["0s", "0s"],
    ["soon", "soon"],
  ])("%s as %s", (duration, words) => {
    expect(goDuration(duration)).toBe(words);
  });

  test("what a transform says, outputs included", async () => {
    const spec = asReadBack({
      image: "shop",
      memory: 64,
      capabilities: { adds: ["net_admin", "CAP_CHOWN"], drops: pulumi.output(["ALL"]) },
      healthcheck: { tests: ["CMD", "true"], interval: "60s" },
      ports: [{ internal: 90 }, { internal: 80, protocol: "udp" }, { internal: 80 }],
      cpus: pulumi.output("1") as unknown as string,
    });
    const known = await new Promise((resolve) => pulumi.output(spec as any).apply(resolve));
    expect(known).toEqual({
      image: "shop",
      memory: 64,
      memorySwap: 64,
      capabilities: { adds: ["CAP_NET_ADMIN", "CAP_CHOWN"], drops: ["ALL"] },
      healthcheck: { tests: ["CMD", "true"], interval: "1m0s" },
      ports: [{ internal: 80 }, { internal: 80, protocol: "udp" }, { internal: 90 }],
      cpus: "1.0",
    });
  });
});
