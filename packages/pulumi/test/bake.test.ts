import type { Color, Plan } from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import type { LiveAnswer } from "../src/contracts/router.ts";
import type { Site } from "../src/contracts/site.ts";
import { Edges } from "../src/cutover/edges.ts";
import type { CutoverInputs } from "../src/cutover/state.ts";
import { crashesOf } from "../src/kubernetes/pods.ts";

const check = { kind: "http", path: "/", status: 200, timeout: "1s", healthyFor: "0s", within: "1s", interval: "1s" };
const verification = { checks: [check], answers: 1, bake: "300ms", interval: "20ms", failureLimit: 2 };

/** A bake of green, whose live address and crashes are as they are told round by round. */
async function bake(rounds: { answer?: () => LiveAnswer; crashes?: () => Promise<string[]> }) {
  const { answer = () => ({ status: 200, headers: {}, body: "", backend: "green" }), crashes = async () => [] } =
    rounds;
  const site = {
    routing: { targets: { blue: ["blue"], green: ["green"] }, router: { ask: async () => answer() } },
    backends: { whyNotReady: async () => null, crashes: (_: Color) => crashes() },
  } as unknown as Site;
  const edges = new Edges(
    {
      verification,
      versions: {},
      service: "web",
      reach: { blue: {}, green: {} },
      secretValues: { blue: [], green: ["hunter2-of-green"] },
    } as unknown as CutoverInputs,
    site,
  );
  expect(await edges.perform({ do: "inspect", color: "green" }, {} as Plan)).toEqual({ type: "ready" });
  return edges.perform({ do: "bake", color: "green" }, {} as Plan);
}

describe("a bake", () => {
  test("passes while checks are good and nothing ends", async () => {
    expect(await bake({})).toEqual({ type: "passed" });
  });

  test("says what was wrong without the color's secrets, and without what a terminal would obey", async () => {
    const answer = () => {
      throw new Error("\u001b[2Jno luck with hunter2-of-green");
    };
    const event = await bake({ answer });
    expect(event).toMatchObject({ reason: "green did not answer /: \\x1b[2Jno luck with [secret]" });
  });

  test("counts a crash as a failed check, though the live address answers again", async () => {
    let round = 0;
    const crashes = async () => (round++ > 0 ? [`restart ${round}`] : []);
    expect(await bake({ crashes })).toEqual({ type: "breached", reason: "green is not stable: restart 3" });
  });

  test("counts a crash once, and not those from before the switch", async () => {
    let round = 0;
    const crashes = async () => (round++ > 0 ? ["old", "new"] : ["old"]);
    expect(await bake({ crashes })).toEqual({ type: "passed" });
  });

  test("counts a round once in which a check failed and a backend ended", async () => {
    let round = 0;
    let asked = 0;
    const crashes = async () => (round++ > 0 ? ["new"] : []);
    const answer = () => ({ status: asked++ === 0 ? 500 : 200, headers: {}, body: "", backend: "green" });
    expect(await bake({ answer, crashes })).toEqual({ type: "passed" });
  });

  test("goes on by its checks alone where nobody can say what ended", async () => {
    let round = 0;
    const crashes = async () => {
      if (round++ > 0) throw new Error("the API server does not answer");
      return [];
    };
    expect(await bake({ crashes })).toEqual({ type: "passed" });
  });
});

test("crashes of pods are their containers that were started again, with how often", () => {
  const pod = (name: string, restartCount: number) => ({
    metadata: { name, uid: name },
    status: { containerStatuses: [{ name: "web", ready: true, restartCount }] },
  });
  const crashes = crashesOf([pod("a", 0), pod("b", 2)] as unknown as Parameters<typeof crashesOf>[0]);
  expect(crashes).toEqual(["container web of pod b ended, restart 2"]);
});
