import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unfinished } from "../src/claim.ts";
import { type Color, otherColor, type PerColor } from "../src/color.ts";
import * as interlock from "../src/interlock.ts";
import * as log from "../src/migrations.ts";
import * as noReturn from "../src/no-return.ts";
import type { Observation, RouterRecord } from "../src/record.ts";
import { parseSettings } from "../src/settings/settings.ts";

const at = "2026-01-31T12:00:00Z";
const run = { release: "2", phase: "expand", begun: at, done: null, writer: "ann@ci pid 7" } as const;

describe("the log of migrations", () => {
  test("has one run a phase of a release, the last one", () => {
    const begun = log.withRun(log.beginLog("1"), run);
    const done = log.withRun(log.withRun(begun, { ...run, phase: "contract" }), { ...run, done: at });
    expect(log.findRun(begun, "2", "expand")).toEqual(run);
    expect(done.runs).toHaveLength(2);
    expect(log.findRun(done, "2", "expand")?.done).toBe(at);
    expect(log.findRun(done, "3", "expand")).toBeNull();
    expect(log.findRun(null, "2", "expand")).toBeNull();
  });

  test("stays small", () => {
    let it = log.beginLog(null);
    for (let version = 0; version < 500; version++) {
      it = log.withRun(log.lives(it, `v${version}`), { ...run, release: `v${version}` });
      it = log.passNoReturn(it, `v${version}`, at, null);
    }
    expect(JSON.stringify(it).length).toBeLessThan(20_000);
    expect(it.lived.at(-1)).toBe("v499");
    expect(it.noReturn?.release).toBe("v499");
  });

  test("counts what the other color has served as earlier than a point that was passed before the log began", () => {
    const passed = log.passNoReturn(log.beginLog("2"), "2", at, "1");
    expect(passed.noReturn).toEqual({ release: "2", at, before: ["1"] });
  });
});

describe("settings of migrations", () => {
  const command = { kind: "command", run: "migrate" };
  const parse = (migrations: unknown, platform: object = { kind: "docker" }) =>
    parseSettings("shop", {
      activeColor: "blue",
      releases: { blue: { version: "1", images: { web: "shop:1" }, migrations } },
      services: { web: { port: 80, ready: "/ready" } },
      platform,
      router: { kind: "caddy", expose: "web", port: 80 },
    });
  const read = (migrations: unknown) => {
    const parsed = parse(migrations);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return parsed.settings.releases.blue?.migrations;
  };
  const placesOf = (migrations: unknown) => {
    const parsed = parse(migrations);
    return parsed.ok ? [] : parsed.faults.map(({ at, problem }) => `${at}: ${problem}`);
  };

  test("there is a way back behind an expand, and none behind a contract unless it says so", () => {
    const reversible = (migrations: object) => log.isReversible(read(migrations) ?? {});
    expect(reversible({ expand: command })).toBe(true);
    expect(reversible({ contract: command })).toBe(false);
    expect(reversible({ contract: command, reversible: true })).toBe(true);
    expect(reversible({ expand: command, reversible: false })).toBe(false);
    expect(read({ expand: command })).toMatchObject({ expand: { timeout: "10m", env: {} } });
  });

  test("wrong ones are refused by their place, without a value of their environment", () => {
    const at = "releases.blue.migrations";
    expect(placesOf({})).toEqual([expect.stringContaining(`${at}: `)]);
    expect(placesOf({ reversible: true })).toHaveLength(1);
    expect(placesOf({ expand: { ...command, timeout: "soon" } })).toEqual([
      expect.stringContaining(`${at}.expand.timeout`),
    ]);
    expect(placesOf({ expand: { kind: "http", path: "/" } })).toEqual([expect.stringContaining(`${at}.expand.kind`)]);
    expect(placesOf({ shrink: command })).toEqual(expect.arrayContaining([expect.stringContaining(`${at}.shrink`)]));
    const secret = placesOf({ expand: { ...command, env: { "NO NAME": "hunter2" } } });
    expect(secret).toEqual([expect.not.stringContaining("hunter2")]);
    const job = { kind: "job", image: "shop:1", command: ["migrate"] };
    expect(parse({ contract: job })).toMatchObject({ faults: [{ code: "unsupported", at: `${at}.contract` }] });
  });
});

/** What a release's migrations are to the rules: version 3 has a contract, version 5 is final without one. */
type Kind = "plain" | "contract" | "final";
const kinds: Readonly<Record<string, Kind>> = { "3": "contract", "5": "final", "6": "contract", "8": "final" };
const kindOf = (version: string): Kind => kinds[version] ?? "plain";

const rules = { decide: interlock.decide<string>, logAfter: noReturn.logAfter, pass: log.passNoReturn };
type Rules = typeof rules;

const fate = fc.constantFrom("done", "done", "killed in the bake", "killed after it", "reverted");
const step = fc.record({
  version: fc.constantFrom("1", "2", "3", "4", "5", "6", "7", "8"),
  fate,
  back: fc.boolean(),
  override: fc.boolean(),
});

/** A world in which releases go live one after another; what it holds to be true is kept apart from the rules. */
class World {
  readonly lived: string[] = [];
  readonly passed = new Set<string>();
  private readonly rules: Rules;
  private live: Color = "blue";
  private versions: PerColor<string> = { blue: "0", green: "0" };
  private record: RouterRecord | null = null;
  private unfinished: Unfinished | null = null;
  private memory: interlock.Memory<string>;

  constructor(rules: Rules) {
    this.rules = rules;
    this.memory = { attempt: 1, candidate: "blue", live: "blue", releases: {} };
    this.go("blue", "1", "done");
  }

  /** One `pulumi up`: to a version on the other color, or `back` to what a killed run came from. */
  up({ version, fate, back, override }: { version: string; fate: string; back: boolean; override: boolean }): void {
    const color = otherColor(this.live);
    const reverts = this.unfinished !== null && (back || version === this.versions[color]);
    const wished = reverts ? this.versions[color] : version;
    const lost = !reverts && this.isLost(wished);
    const point = this.decide(color, wished, null).faults.find(({ code }) => code === "no-return");
    expect(point !== undefined, `${wished} after ${this.lived} past ${[...this.passed]}`).toBe(lost);
    if (point && !override) return;
    const name = point ? (/returnPast: "(.+)"/.exec(point.fix)?.[1] ?? "") : null;
    const decision = this.decide(color, wished, name);
    expect(decision.faults).toEqual([]);
    expect(decision.overrides).toEqual(name === null ? [] : [`returnPast ${name}`]);
    if (reverts) this.undo(color);
    else this.go(color, wished, fate);
    this.memory = { ...decision.memory, attempt: this.record?.attempt ?? 0 };
  }

  private isLost(version: string): boolean {
    const order = this.lived.indexOf(version);
    return order !== -1 && [...this.passed].some((one) => order < this.lived.indexOf(one));
  }

  private decide(color: Color, version: string, returnPast: string | null) {
    const versions = { ...this.versions, [color]: version };
    const releases = {
      blue: { version: versions.blue, definition: "d" },
      green: { version: versions.green, definition: "d" },
    };
    const wish = { activeColor: color, releases, allowLiveChange: false, force: null, adopts: false, retry: null };
    const irreversible = this.irreversible(versions);
    const sight = { kind: "seen", observation: this.seen(), unfinished: this.unfinished } as const;
    return this.rules.decide(this.memory, { ...wish, irreversible, returnPast }, sight, () => true);
  }

  private irreversible(versions: PerColor<string>): noReturn.Irreversible {
    const final = (["blue", "green"] as const).filter((color) => kindOf(versions[color]) === "final");
    return Object.fromEntries(final.map((color) => [color, versions[color]]));
  }

  private seen(): Observation {
    const color = this.record?.active ?? null;
    return { color, record: this.record, intact: true, current: true, movedBy: null };
  }

  private undo(color: Color): void {
    this.write(color, this.versions[color]);
    this.unfinished = null;
    this.live = color;
    this.finish(this.versions[color], "done");
  }

  private go(color: Color, version: string, fate: string): void {
    const from = this.record ? this.live : null;
    this.write(color, version);
    this.versions = { ...this.versions, [color]: version };
    if (!this.lived.includes(version)) this.lived.push(version);
    this.unfinished = null;
    if (fate === "reverted" && from !== null) {
      this.write(from, this.versions[from], true);
      // Whatever its own bake came to, it is what traffic was given back to.
      if (kindOf(this.versions[from]) === "final") this.passed.add(this.versions[from]);
      return;
    }
    this.live = color;
    if (fate === "killed in the bake" && from !== null) {
      this.unfinished = { from, to: color, attempt: this.record?.attempt ?? 0, owner: "ann", since: at };
      return;
    }
    this.finish(version, fate);
  }

  private finish(version: string, fate: string): void {
    if (kindOf(version) === "final") this.passed.add(version);
    if (kindOf(version) !== "contract" || fate === "killed after it" || !this.record) return;
    this.passed.add(version);
    const migrations = this.rules.pass(this.record.migrations ?? log.beginLog(null), version, at, null);
    this.record = { ...this.record, migrations };
  }

  private write(color: Color, release: string, reverts = false): void {
    const irreversible = this.irreversible(this.versions);
    const migrations = this.rules.logAfter(this.seen(), this.unfinished, irreversible, { color, release, reverts });
    const attempt = (this.record?.attempt ?? 0) + 1;
    const own = { app: "shop", backends: "b", writer: "ann", at, latches: [] };
    this.record = { ...own, active: color, release, attempt, ...(migrations ? { migrations } : {}) };
  }
}

function live(steps: readonly Parameters<World["up"]>[0][], used: Rules): void {
  const world = new World(used);
  for (const it of steps) world.up(it);
}

const mutations: Readonly<Record<string, Partial<Rules>>> = {
  "no point of no return holds": {
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      return { ...decision, faults: decision.faults.filter(({ code }) => code !== "no-return") };
    },
  },
  "the router's log is forgotten by the next cutover": { logAfter: () => log.beginLog(null) },
  "a release is not remembered as having been live": {
    logAfter: (seen, unfinished, irreversible) => noReturn.logOf(seen, unfinished, irreversible ?? {}),
  },
  "a point that was passed by the cutover alone is not written down": {
    logAfter: (seen, unfinished, _irreversible, to) => noReturn.logAfter(seen, unfinished, {}, to),
  },
  "a release that was reverted has passed its point": {
    logAfter: (seen, unfinished, irreversible, to) =>
      noReturn.logAfter(seen, unfinished, irreversible, { ...to, reverts: false }),
  },
  "an earlier release's point takes the place of a later one's": {
    pass: (it, release, at, beside) => rules.pass({ ...it, noReturn: null }, release, at, beside),
  },
  "what was live after it counts as before the point": {
    pass: (it, release, at) => ({
      ...it,
      noReturn: { release, at, before: it.lived.filter((one) => one !== release) },
    }),
  },
  "a cutover that was cut off has passed its point": {
    decide: (before, wish, sight, same) =>
      rules.decide(before, wish, sight.kind === "seen" ? { ...sight, unfinished: null } : sight, same),
  },
  "the user's word allows nothing": {
    decide: (before, wish, sight, same) => rules.decide(before, { ...wish, returnPast: null }, sight, same),
  },
};

describe("points of no return, whatever goes live and whatever is killed", () => {
  const steps = fc.array(step, { maxLength: 14 });

  test("a release from before one is refused, and no other", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.property(steps, (it) => live(it, rules)),
      { numRuns: 10_000, seed: 20_260_131 },
    );
  });

  describe("a bug put in on purpose is found:", () => {
    for (const [name, mutation] of Object.entries(mutations)) {
      test(name, { timeout: 60_000 }, () => {
        const found = fc.check(
          fc.property(steps, (it) => live(it, { ...rules, ...mutation })),
          { numRuns: 10_000, seed: 20_260_131, endOnFailure: true },
        );
        expect(found.failed).toBe(true);
      });
    }
  });
});
