import type {
  Color,
  Command,
  CutoverRecord,
  Event,
  Images,
  Observation,
  Outcome,
  Plan,
  RouterRecord,
} from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import type { EntranceRequest } from "../src/contracts/check.ts";
import type { Lease } from "../src/contracts/lease.ts";
import type { LiveAnswer } from "../src/contracts/router.ts";
import type { Site } from "../src/contracts/site.ts";
import { Edges } from "../src/cutover/edges.ts";
import type { CutoverInputs } from "../src/cutover/state.ts";

const check = { kind: "http", path: "/", status: 200, timeout: "1s", healthyFor: "0s", within: "1s", interval: "1s" };
const verification = { checks: [check], answers: 3, bake: "50ms", interval: "10ms", failureLimit: 3 };
const latch = { color: "green", release: "2", attempt: 1, at: "", reason: "answered 500" } as const;
const plan: Plan = {
  wish: "green",
  attempt: 2,
  release: "2",
  missing: [],
  sealed: { blue: true, green: false },
  force: null,
  adopts: false,
  drains: true,
};

/** A platform on which all goes well, but for what a test changes; it notes what is asked of it. */
class CalmSite {
  readonly targets = { blue: ["b"], green: ["g"] };
  readonly done: string[] = [];
  readonly written: { backends: readonly string[]; record: RouterRecord; token: string }[] = [];
  lost: string | null = null;
  observation: Observation = { color: "blue", record: null, intact: true, current: true, movedBy: null };
  live: readonly string[] = ["b"];
  unreachable = false;
  answers: LiveAnswer[] = [];
  readonly asked: string[] = [];
  fencedDrain: string | null = "not asked";
  image = `registry/shop@sha256:${"a".repeat(64)}`;

  readonly router = {
    kind: "caddy",
    observe: async () => {
      if (this.unreachable) throw new Error("no route");
      return { observation: this.observation, backends: this.live, token: "seen" };
    },
    write: async (backends: readonly string[], record: RouterRecord, { token }: { token: string }) => {
      this.written.push({ backends, record, token });
      return { result: "written", token: `after ${token}`, ms: 1 };
    },
    ask: async ({ path, headers }: EntranceRequest) => {
      this.asked.push(`${headers?.host ?? ""}${path}`);
      return this.answers.shift() ?? good;
    },
  };

  readonly routing = {
    targets: this.targets,
    router: this.router,
    takeLease: async (): Promise<Lease> => {
      this.done.push("lease");
      return {
        unfinished: null,
        claim: { from: "blue", to: "green" },
        lost: async () => this.lost,
        release: async () => void this.done.push("release"),
        abandon: () => void this.done.push("abandon"),
      };
    },
    journal: {
      keep: async () => void this.done.push("journal"),
      read: async () => ({ entries: [], skipped: 0, older: 0 }),
    },
  };

  readonly backends = {
    crashes: async () => [],
    whyNotReady: async () => null,
    tags: { images: async (): Promise<Images> => ({ web: [this.image] }) },
  };

  readonly address = {
    drain: async (_color: Color, _within: number, fenced: () => Promise<string | null>) => {
      this.fencedDrain = await fenced();
      return { moved: 0, left: 0 };
    },
  };

  readonly tidying = { sweep: async () => {} };
}

/** The edges of a cutover that has its lease and has looked at the router. */
async function begun(site: CalmSite, more: object = {}): Promise<(command: Command) => Promise<Event>> {
  const edges = edgesOf(site, more);
  const perform = (command: Command) => edges.perform(command, plan);
  await perform({ do: "lease" });
  await perform({ do: "observe" });
  return perform;
}

function edgesOf(site: CalmSite, more: object = {}): Edges {
  const web = { port: 80, ready: { path: "/", port: 80 } };
  const inputs = {
    app: "shop-a1",
    service: "web",
    reach: { blue: { web }, green: { web } },
    versions: { blue: "1", green: "2" },
    verification,
    drain: { within: "1s" },
    ...more,
  };
  return new Edges(inputs as unknown as CutoverInputs, site as unknown as Site);
}

const good: LiveAnswer = { status: 200, backend: "g", headers: {}, body: "" };
const bad: LiveAnswer = { ...good, status: 500 };
const old: LiveAnswer = { ...good, backend: "b" };

describe("verification", () => {
  test("wants good answers in a row: a bad one begins the count anew", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    site.answers = [good, good, bad, good, good, bad, good, bad, good];
    expect(await perform({ do: "verify", color: "green" })).toMatchObject({ type: "breached" });
  });

  test("does not count an answer of the other color, neither for the new one nor against it", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    site.answers = [old, old, old, old, good, good, old, good, good, good, bad];
    expect(await perform({ do: "verify", color: "green" })).toEqual({ type: "passed" });
    expect(site.answers).toEqual([bad]);
  });
});

describe("a look at a color that was live before", () => {
  test("waits for what comes up after a change: nobody would be helped by a hurry", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    site.answers = [bad, bad, bad, bad, good, bad, good, good, good, bad];
    expect(await perform({ do: "look", color: "green" })).toEqual({ type: "passed" });
    expect(site.answers).toEqual([bad]);
  });

  test("takes no answer for proof while what is in front may not have followed the change yet", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    const settling = { ...good, settlesInMs: 1 };
    site.answers = [settling, settling, settling, good, good, good, bad];
    expect(await perform({ do: "look", color: "green" })).toEqual({ type: "passed" });
    expect(site.answers).toEqual([bad]);
  });

  test("asks nothing of it but an answer: checks and paths may be the next release's", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    site.answers = [{ ...good, status: 404 }];
    expect(await perform({ do: "look", color: "green" })).toEqual({ type: "passed" });
  });
});

describe("verification by what a release calls ready", () => {
  const { path: _path, ...ready } = check;
  const own = { verification: { ...verification, checks: [ready] }, service: "web" };
  const releases = {
    blue: { web: { port: 80, ready: { path: "/old", port: 80 } } },
    green: { web: { port: 81, ready: { path: "/new", port: 81 } } },
  };

  test("asks each color for its own", async () => {
    const site = new CalmSite();
    const perform = await begun(site, { ...own, reach: releases });
    expect(await perform({ do: "verify", color: "green" })).toEqual({ type: "passed" });
    site.answers = [old, old, old];
    expect(await perform({ do: "verify", color: "blue" })).toEqual({ type: "passed" });
    expect(site.asked).toEqual(["/new", "/new", "/new", "/old", "/old", "/old"]);
  });

  test("asks each for the Host that its release is known by, if any, whatever the path", async () => {
    const site = new CalmSite();
    const green = { web: { port: 81, ready: { path: "/new", port: 82, host: "shop.example.org" } } };
    const perform = await begun(site, { ...own, reach: { ...releases, green } });
    expect(await perform({ do: "verify", color: "green" })).toEqual({ type: "passed" });
    site.answers = [old, old, old];
    expect(await perform({ do: "verify", color: "blue" })).toEqual({ type: "passed" });
    const host = "shop.example.org/";
    expect(site.asked).toEqual([host, host, host, "/old", "/old", "/old"]);
  });

  test("wants any answer but the server's own failure where that is on another port", async () => {
    const site = new CalmSite();
    const green = { web: { port: 81, ready: { path: "/new", port: 82 } } };
    const perform = await begun(site, { ...own, reach: { ...releases, green } });
    site.answers = [{ ...good, status: 404 }, good, good];
    expect(await perform({ do: "verify", color: "green" })).toEqual({ type: "passed" });
    expect(site.asked).toEqual(["/", "/", "/"]);
    site.answers = [bad, bad, bad];
    expect(await perform({ do: "verify", color: "green" })).toMatchObject({ type: "breached" });
  });
});

describe("a write", () => {
  test("keeps all latches, and notes which color was sent traffic past its own", async () => {
    const site = new CalmSite();
    const others = { ...latch, color: "blue", release: "1" } as const;
    const record = { latches: [latch, others] } as unknown as RouterRecord;
    site.observation = { ...site.observation, record };
    const perform = await begun(site);
    await perform({ do: "write", color: "green", latch: null });
    expect(site.written[0]?.record.latches).toEqual([{ ...latch, outlived: true }, others]);
  });

  test("is compared with what was written last, and a revert latches", async () => {
    const site = new CalmSite();
    const perform = await begun(site);
    await perform({ do: "write", color: "green", latch: null });
    await perform({ do: "write", color: "blue", latch: "answered 500" });
    expect(site.written.map(({ token }) => token)).toEqual(["seen", "after seen"]);
    expect(site.written[1]?.record).toMatchObject({ active: "blue", release: "1" });
    expect(site.written[1]?.record.latches).toMatchObject([{ color: "green", release: "2", attempt: 2 }]);
  });

  test("gives someone else's backends back to it", async () => {
    const site = new CalmSite();
    site.observation = { ...site.observation, color: "foreign", intact: false };
    site.live = ["x", "y"];
    const perform = await begun(site);
    await perform({ do: "write", color: "green", latch: null });
    await perform({ do: "write", color: "foreign", latch: "answered 500" });
    expect(site.written.map(({ backends }) => backends)).toEqual([["g"], ["x", "y"]]);
    expect(site.written[1]?.record.active).toBeNull();
  });
});

describe("an image whose tag is moved", () => {
  const moved = `registry/shop@sha256:${"b".repeat(64)}`;

  test("is recorded as it was verified, and what runs instead breaches the bake", async () => {
    const site = new CalmSite();
    const verified = { web: [site.image] };
    const edges = edgesOf(site, { verification: { ...verification, bake: "1h", failureLimit: 1 } });
    const perform = (command: Command) => edges.perform(command, plan);
    await perform({ do: "lease" });
    await perform({ do: "observe" });
    expect(await perform({ do: "inspect", color: "green" })).toEqual({ type: "ready" });
    await perform({ do: "write", color: "green", latch: null });
    expect(site.written[0]?.record.images).toEqual({ green: verified });
    site.image = moved;
    const breach = await perform({ do: "bake", color: "green" });
    expect(breach).toMatchObject({ type: "breached", reason: expect.stringContaining("its tag was moved") });
    await perform({ do: "write", color: "blue", latch: "its tag was moved" });
    expect(site.written[1]?.record.images).toEqual({ green: verified });
  });
});

describe("the lease", () => {
  test("is not even taken while the router can't be asked: it could not say where a revert goes", async () => {
    const site = new CalmSite();
    site.unreachable = true;
    expect(await edgesOf(site).perform({ do: "lease" }, plan)).toMatchObject({ type: "unreachable" });
    expect(site.done).toEqual([]);
  });

  test.each<[string, string | null, Outcome, readonly string[]]>([
    ["is let go, and the journal kept", null, { kind: "switched", from: "blue", to: "green" }, ["journal", "release"]],
    [
      "stays after a failure, without a heartbeat",
      null,
      { kind: "partial", code: "revert-failed", reason: "reset" },
      ["journal", "abandon"],
    ],
    [
      "of another run by now is left alone",
      "taken over",
      { kind: "partial", code: "lease-lost", reason: "taken over" },
      ["journal"],
    ],
  ])("%s", async (_name, lost, outcome, done) => {
    const site = new CalmSite();
    const edges = edgesOf(site);
    await edges.perform({ do: "lease" }, plan);
    site.lost = lost;
    await edges.close({} as CutoverRecord, outcome);
    expect(site.done.slice(1)).toEqual(done);
  });
});

test("an attempt that never got the lease has its record, too", async () => {
  const site = new CalmSite();
  await edgesOf(site).close({} as CutoverRecord, { kind: "refused", code: "lease-held", reason: "another" });
  expect(site.done).toEqual(["journal"]);
});

describe("a drain leaves a color alone", () => {
  test.each<[string, (site: CalmSite) => void, unknown]>([
    ["no reason", () => {}, null],
    ["the lease is lost", (site) => (site.lost = "taken over"), "taken over"],
    ["traffic is back at it", (site) => (site.live = ["b"]), "traffic is back at blue"],
    [
      "the router can't be asked whether it is",
      (site) => (site.unreachable = true),
      expect.stringContaining("no route"),
    ],
  ])("when %s", async (_name, change, reason) => {
    const site = new CalmSite();
    const perform = await begun(site);
    site.live = ["g"];
    change(site);
    expect(await perform({ do: "drain", color: "blue" })).toEqual({ type: "drained" });
    expect(site.fencedDrain).toEqual(reason);
  });
});
