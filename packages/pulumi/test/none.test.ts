import { type Color, colors, type RouterRecord } from "@bluegreen/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Targets } from "../src/contracts/router.ts";
import type { Kept, Worker, Workers } from "../src/contracts/workers.ts";
import { fingerprint } from "../src/routers/interpret.ts";
import { NoRouter } from "../src/workers/none.ts";

/**
 * A platform with one exclusive worker a color, on which several deployers act whose every step waits for its turn. The
 * turns are drawn: so a deployer may be overtaken, killed or asleep between any two steps of its.
 */
class ModelPlatform {
  kept: Kept | null = null;
  token = 0;
  /** The lease's holder. */
  holder = 0;
  mark = "";
  /** Whether who knows this mark is obeyed. */
  obeys = (mark: string) => mark === this.mark;
  readonly state: Record<string, "stopped" | "runs" | "ending"> = { blue: "stopped", green: "stopped" };
  /** The most that ran at one time. */
  most = 0;

  /** A worker that was told to end takes a while, and ends in a turn of its own. */
  tick(): void {
    for (const color of colors) if (this.state[color] === "ending") this.state[color] = "stopped";
  }

  count(): void {
    this.most = Math.max(this.most, colors.filter((color) => this.state[color] !== "stopped").length);
  }
}

type Turn = () => Promise<void>;

/** The platform as one deployer reaches it. */
function workersOf(platform: ModelPlatform, turn: Turn): Workers {
  return {
    async read() {
      await turn();
      return { kept: platform.kept, token: String(platform.token) };
    },
    async keep(kept, token) {
      await turn();
      if (token !== String(platform.token)) return null;
      platform.kept = kept;
      return String(++platform.token);
    },
    async look() {
      await turn();
      return colors.map((name): Worker => {
        return {
          name,
          exclusive: true,
          runs: platform.state[name] !== "stopped",
          ends: false,
          whole: true,
          movedBy: null,
        };
      });
    },
    async mark(mark) {
      await turn();
      platform.mark = mark;
    },
    async stop(names, mark) {
      await turn();
      if (!platform.obeys(mark)) throw new Error("taken over");
      for (const name of names) if (platform.state[name] === "runs") platform.state[name] = "ending";
    },
    async start(names, mark) {
      await turn();
      if (!platform.obeys(mark)) throw new Error("taken over");
      for (const name of names) platform.state[name] = "runs";
      platform.count();
    },
    async unmark() {
      await turn();
    },
  };
}

const targets: Targets = { blue: ["blue"], green: ["green"] };

function recordOf(active: Color, attempt: number): RouterRecord {
  const backends = fingerprint([active]);
  return {
    app: "shop",
    active,
    release: "1",
    backends,
    attempt,
    writer: "ann",
    at: new Date(0).toISOString(),
    latches: [],
  };
}

type Mutate = (workers: Workers, platform: ModelPlatform) => Partial<Workers>;

interface Bugs {
  readonly workers?: Mutate;
  readonly fenced?: () => Promise<string | null>;
}

const plans = fc.record({
  wishes: fc.array(fc.constantFrom<Color>("blue", "green"), { minLength: 2, maxLength: 5 }),
  turns: fc.array(fc.nat({ max: 999 }), { minLength: 20, maxLength: 200, size: "max" }),
});

/** Runs deployers in drawn turns. One is awake; a number wakes another one, begins one, kills one, or lets time pass. */
class Play {
  readonly platform = new ModelPlatform();
  private readonly bugs: Bugs;
  private waiting: { readonly deployer: number; readonly go: () => void }[] = [];
  private deployers = 0;

  constructor(bugs: Bugs) {
    this.bugs = bugs;
    this.platform.state.blue = "runs";
    this.platform.kept = { record: recordOf("blue", 0), may: ["blue"], left: null };
  }

  async go(wishes: readonly Color[], turns: readonly number[]): Promise<void> {
    const left = [...wishes];
    let awake = 0;
    for (const number of [1, ...turns]) {
      await rest();
      const wish = number % 10 === 1 ? left.shift() : undefined;
      if (wish) {
        this.begin(wish).catch(() => {});
        awake = this.deployers;
      } else if (number % 10 === 0) {
        this.platform.tick();
      } else if (number % 10 === 2) {
        awake = this.waiting[Math.floor(number / 10) % Math.max(1, this.waiting.length)]?.deployer ?? awake;
      } else if (number % 100 === 3) {
        this.waiting = this.waiting.filter(({ deployer }) => deployer !== awake);
      } else {
        const at = this.waiting.findIndex(({ deployer }) => deployer === awake);
        if (at >= 0) this.waiting.splice(at, 1)[0]?.go();
      }
    }
  }

  /** All that still wait are dead; one more deployer has the platform to itself. */
  async calm(wish: Color): Promise<string> {
    await rest();
    this.waiting = [];
    let result = "it hangs";
    this.begin(wish).then(
      (ended) => {
        result = ended;
      },
      (error: Error) => {
        result = error.message;
      },
    );
    for (let steps = 0; steps < 100 && result === "it hangs"; steps++) {
      await rest();
      this.waiting.shift()?.go();
      this.platform.tick();
    }
    return result;
  }

  private async begin(wish: Color): Promise<string> {
    const { platform, bugs } = this;
    const deployer = ++this.deployers;
    const turn: Turn = () => new Promise((go) => this.waiting.push({ deployer, go }));
    const real = workersOf(platform, turn);
    const router = new NoRouter({ ...real, ...bugs.workers?.(real, platform) }, turn);
    const fenced = async () => {
      await turn();
      return platform.holder === deployer ? null : "another run took it over";
    };
    // Whoever comes finds the holder before it asleep, or dead.
    platform.holder = deployer;
    const seen = await router.observe(targets);
    if ((await fenced()) !== null) return "overtaken";
    return (await router.write([wish], recordOf(wish, deployer), seen, bugs.fenced ?? fenced)).result;
  }
}

/** As long as it takes until every deployer waits for a turn: they do nothing but wait for each other. */
async function rest(): Promise<void> {
  for (let hops = 0; hops < 25; hops++) await null;
}

interface Plan {
  readonly wishes: Color[];
  readonly turns: number[];
}

async function live({ wishes, turns }: Plan, bugs: Bugs = {}): Promise<void> {
  const play = new Play(bugs);
  const { platform } = play;
  await play.go(wishes, turns);
  const running = colors.filter((color) => platform.state[color] !== "stopped");
  const { kept } = platform;
  const strangers = running.filter((color) => !kept?.may.includes(color) && !kept?.left?.includes(color));
  expect(strangers).toEqual([]);
  const wish = wishes[0] as Color;
  expect(await play.calm(wish)).toBe("written");
  expect(platform.state).toEqual({ blue: "stopped", green: "stopped", [wish]: "runs" });
  expect(platform.kept).toMatchObject({ record: { active: wish }, may: [wish], left: null });
  expect(platform.most).toBe(1);
}

const bugs: Readonly<Record<string, Bugs>> = {
  "an older mark still starts": {
    workers: (_workers, platform) => {
      platform.obeys = () => true;
      return {};
    },
  },
  "the lease is not asked for again": { fenced: async () => null },
  "what was told to end counts as gone": {
    workers: ({ look }, platform) => ({
      look: async () => (await look()).map((one) => ({ ...one, runs: platform.state[one.name] === "runs" })),
    }),
  },
  "nothing is stopped": {
    workers: ({ look }) => {
      let looks = 0;
      // Not what is observed, but all that is looked at during the write.
      return { look: async () => (await look()).map((one) => ({ ...one, runs: one.runs && looks++ < 2 })) };
    },
  },
  "the record is written over whatever is there": {
    workers: ({ keep }, platform) => ({ keep: (kept) => keep(kept, String(platform.token)) }),
  },
  "the record comes last": {
    workers: ({ keep }) => ({ keep: async (kept, token) => (kept.left === null ? keep(kept, token) : token) }),
  },
  "the record forgets what ran as the handover began": {
    workers: ({ keep }) => ({ keep: (kept, token) => keep({ ...kept, left: kept.left && [] }, token) }),
  },
};

describe("exclusive workers, whoever deploys, sleeps, dies or takes over", () => {
  test("never run in both colors at once, and the next calm run ends well", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(plans, (plan) => live(plan)),
      { numRuns: 10_000, seed: 20_260_131 },
    );
  });

  describe("a bug put in on purpose is found:", () => {
    for (const [name, bug] of Object.entries(bugs)) {
      test(name, { timeout: 120_000 }, async () => {
        const found = await fc.check(
          fc.asyncProperty(plans, (plan) => live(plan, bug)),
          { numRuns: 10_000, seed: 20_260_131, endOnFailure: true },
        );
        expect(found.failed).toBe(true);
      });
    }
  });
});

describe("a record that is noted beside what runs", () => {
  const at = (change: Partial<Kept> = {}) => {
    const platform = new ModelPlatform();
    platform.state.blue = "runs";
    platform.kept = { record: recordOf("blue", 1), may: ["blue"], left: null, ...change };
    return { platform, router: new NoRouter(workersOf(platform, async () => {})) };
  };

  test("starts, stops and marks nothing", async () => {
    const { platform, router } = at();
    const noted = { ...recordOf("blue", 1), writer: "bob" };
    expect(await router.note(noted, await router.observe(targets))).toMatchObject({ result: "written", token: "1" });
    expect(platform).toMatchObject({ kept: { record: noted, may: ["blue"], left: null }, mark: "" });
    expect(platform.state).toEqual({ blue: "runs", green: "stopped" });
  });

  test("leaves a handover as unfinished as it was, and allows what crashed to run again", async () => {
    const { platform, router } = at({ may: ["green"], left: ["blue"] });
    platform.state.blue = "stopped";
    await router.note(recordOf("green", 2), await router.observe(targets));
    expect(platform.kept).toMatchObject({ may: ["green"], left: ["blue"] });
  });

  test("is not written over one that came meanwhile", async () => {
    const { platform, router } = at();
    const seen = await router.observe(targets);
    platform.token++;
    expect(await router.note(recordOf("blue", 2), seen)).toMatchObject({ result: "conflict" });
    expect(platform.kept?.record.attempt).toBe(1);
  });

  test("may be the first of all", async () => {
    const { platform, router } = at();
    platform.kept = null;
    platform.state.blue = "stopped";
    expect(await router.note(recordOf("blue", 0), await router.observe(targets))).toMatchObject({ result: "written" });
    expect(platform.kept).toMatchObject({ may: [], left: null });
  });
});
