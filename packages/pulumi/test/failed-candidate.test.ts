import type { Observation } from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import type { Site } from "../src/contracts/site.ts";
import { leaveBeforeCutover, leaveCandidate } from "../src/gates/failed-candidate.ts";

const failed = { color: "green", release: "2", attempt: 3 } as const;
const free = async () => null;

/** Three containers of green, and a router that says these colors one after the other. */
function siteOf(colors: readonly Observation["color"][], lease: object = {}) {
  const done: string[] = [];
  let asked = 0;
  const routing = {
    targets: { blue: [], green: [] },
    router: {
      observe: async () => {
        const color = colors[Math.min(asked++, colors.length - 1)];
        return { observation: { color, record: null, intact: true, current: true, movedBy: null } };
      },
    },
    readUnfinished: async () => null,
    takeLease: async () => {
      done.push("lease");
      return { lost: free, release: async () => void done.push("release"), ...lease };
    },
  };
  const remains = {
    async stop(fenced: () => Promise<string | null>) {
      for (const one of ["1", "2", "3"]) {
        const reason = await fenced();
        if (reason !== null) return reason;
        done.push(`stop ${one}`);
      }
      return null;
    },
    look: async (stopped: boolean) => (stopped ? "gone" : "look there"),
  };
  const site = { routing, backends: { remains: () => remains } };
  return { site: site as unknown as Site, done };
}

describe("a failed candidate", () => {
  test("is kept, with a word on how to look at it", async () => {
    const { site, done } = siteOf(["blue"]);
    expect(await leaveCandidate(site, failed, "keep", free)).toBe("green 2 is left as it is; look there");
    expect(done).toEqual([]);
  });

  test("is stopped under the lease, which is given back", async () => {
    const { site, done } = siteOf(["blue"]);
    const left = await leaveBeforeCutover(site, failed, "stop", free);
    expect(left).toBe("green 2 was stopped, and the next attempt starts it again; gone");
    expect(done).toEqual(["lease", "stop 1", "stop 2", "stop 3", "release"]);
  });

  test("is not touched any more once users reach it", async () => {
    const { site, done } = siteOf(["blue", "blue", "green"]);
    const left = await leaveBeforeCutover(site, failed, "stop", free);
    expect(left).toBe("green 2 was not stopped, because traffic is at green; look there");
    expect(done).toEqual(["lease", "stop 1", "release"]);
  });

  test("is not touched any more once the lease is lost, or the run has ended", async () => {
    const lost = siteOf(["blue"], { lost: async () => "another run took it over" });
    expect(await leaveBeforeCutover(lost.site, failed, "stop", free)).toContain("another run took it over");
    expect(lost.done).toEqual(["lease", "release"]);
    const ended = siteOf(["blue"]);
    expect(await leaveBeforeCutover(ended.site, failed, "stop", async () => "it has ended")).toContain("it has ended");
    expect(ended.done).toEqual(["lease", "release"]);
  });

  test("is left to who holds the lease, or was killed while holding it", async () => {
    const { site, done } = siteOf(["blue"]);
    const readUnfinished = async () => ({ owner: "ann@ci pid 7" });
    const held = { ...site, routing: { ...site.routing, readUnfinished } } as unknown as Site;
    expect(await leaveBeforeCutover(held, failed, "stop", free)).toContain("the lease is held by ann@ci pid 7");
    expect(done).toEqual([]);
  });

  test("fails nothing more where nothing can be asked", async () => {
    const { site, done } = siteOf(["blue"]);
    const router = { observe: () => Promise.reject(new Error("no route")) };
    const blind = { ...site, routing: { ...site.routing, router } } as unknown as Site;
    expect(await leaveBeforeCutover(blind, failed, "stop", free)).toBe(
      "whether green 2 still runs is not known: no route",
    );
    expect(await leaveCandidate(blind, failed, "keep", free)).toContain("no route");
    expect(done).toEqual([]);
  });
});
