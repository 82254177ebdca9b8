import { addTallies, type Tally } from "@bluegreen/testkit/load/report";
import { describe, expect, it } from "vitest";
import { brokenClaims, type Expectation, type Observed } from "../src/claims.ts";

const switched: Expectation = { succeeds: true, live: "green", answers: ["blue", "green"] };

function seen(edits: Partial<Observed> = {}, tally: Partial<Tally> = {}): Observed {
  const footprint = { containers: ["a"], state: "s" };
  const counters = { ...addTallies([]), sent: 10, ok: 10, byColor: { blue: 4, green: 6, none: 0 }, ...tally };
  const answers = { exit: 0, output: "", state: "green", router: "green", before: footprint, after: footprint };
  return { ...answers, tally: counters, ...edits };
}

describe("an act's claims", () => {
  it("hold when everything is as it was told", () => {
    expect(brokenClaims(switched, seen())).toEqual([]);
  });

  it("are broken by state, router and exit code, each named", () => {
    const broken = brokenClaims(switched, seen({ exit: 255, state: "blue", router: "blue and nobody" }));
    expect(broken).toHaveLength(3);
    expect(broken.join()).toMatch(/ended with 255.*state records "blue".*the live address: blue and nobody/);
  });

  it("are broken by a single failed request that no broken release answered", () => {
    const lost = { failed: 1, failuresByVersion: { none: 1 }, failuresByReason: { reset: 1 } };
    expect(brokenClaims(switched, seen({}, lost))).toEqual(["1 requests failed (1 × reset)"]);
    const breaks = { ...switched, breaks: "2.1.0" };
    expect(brokenClaims(breaks, seen({}, lost))).toContain("1 requests failed (1 × reset)");
  });

  it("allow failures of the release that breaks, and demand them", () => {
    const breaks = { ...switched, breaks: "2.1.0" };
    expect(brokenClaims(breaks, seen({}, { failed: 3, failuresByVersion: { "2.1.0": 3 } }))).toEqual([]);
    expect(brokenClaims(breaks, seen())).toEqual(["2.1.0 failed no request"]);
  });

  it("are broken by a color that answered though it should not have, and by one that was silent", () => {
    expect(brokenClaims({ ...switched, answers: ["green"] }, seen())).toEqual(["requests were answered by blue"]);
    const silent = { byColor: { blue: 0, green: 10, none: 0 } };
    expect(brokenClaims(switched, seen({}, silent))).toEqual(["blue answered no request"]);
  });

  it("are broken by containers or state that changed where nothing should", () => {
    const after = { containers: ["b"], state: "t" };
    expect(brokenClaims({ ...switched, untouched: "containers" }, seen({ after }))).toEqual([
      "containers were changed",
    ]);
    expect(brokenClaims({ ...switched, untouched: "state" }, seen({ after }))).toHaveLength(2);
    expect(brokenClaims(switched, seen({ after }))).toEqual([]);
  });
});
