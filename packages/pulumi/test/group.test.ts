import type { Color, RouterRecord } from "@bluegreen/core";
import { beforeEach, describe, expect, test } from "vitest";
import type { Router, Seen, Targets } from "../src/contracts/router.ts";
import { GroupRouter } from "../src/routers/group.ts";
import { behind, fingerprint, interpret } from "../src/routers/interpret.ts";

/** A router in memory that can refuse a write, lose its answer, or take it late. */
class MemoryRouter implements Router {
  readonly kind = "service";
  readonly name: string;
  backends: readonly string[] = [];
  record: RouterRecord | null = null;
  /** What becomes of the next writes, in turn; the others are taken. */
  fates: ("refused" | "answer lost" | "late")[] = [];
  late: (() => void) | null = null;
  private version = 0;
  private readonly log: string[];

  constructor(name: string, log: string[]) {
    this.name = name;
    this.log = log;
  }

  async observe(targets: Targets): Promise<Seen> {
    const observation = interpret(this.backends, this.record, targets, "ann at noon");
    return { observation, backends: this.backends, token: String(this.version) };
  }

  async write(backends: readonly string[], record: RouterRecord, { token }: Seen) {
    const fate = this.fates.shift();
    this.log.push(`${this.name} ${record.active ?? "none"}${fate ? ` ${fate}` : ""}`);
    if (fate === "refused") throw new Error("forbidden");
    const take = () => {
      if (token !== String(this.version)) return false;
      this.move(backends);
      this.record = record;
      return true;
    };
    if (fate === "late") this.late = take;
    else if (!take()) return { result: "conflict" as const, token, ms: 1 };
    if (fate !== undefined) throw new Error("timeout");
    return { result: "written" as const, token: String(this.version), ms: 1 };
  }

  /** As someone else does it. */
  move(backends: readonly string[]): void {
    this.backends = backends;
    this.version++;
  }

  async ask() {
    return { status: 200, headers: {}, body: "", backend: this.backends[0] ?? "" };
  }
}

const own = { blue: ["b:80"], green: ["g:80"] };
const targets: Targets = {
  blue: ["web", "chat", "api"].flatMap((service) => behind(service, own.blue)),
  green: ["web", "chat", "api"].flatMap((service) => behind(service, own.green)),
};

describe("a group of routers", () => {
  let log: string[];
  let web: MemoryRouter;
  let chat: MemoryRouter;
  let api: MemoryRouter;
  let group: GroupRouter;
  let attempt = 0;

  beforeEach(async () => {
    log = [];
    [web, chat, api] = ["web", "chat", "api"].map((name) => new MemoryRouter(name, log)) as [
      MemoryRouter,
      MemoryRouter,
      MemoryRouter,
    ];
    group = new GroupRouter(
      [web, chat, api].map((router) => ({ service: router.name, name: `Service ${router.name}`, router })),
    );
    await send("blue");
    log.splice(0);
  });

  const recordOf = (active: Color | null, latch?: string): RouterRecord => ({
    app: "shop",
    active,
    release: active,
    backends: fingerprint(active ? targets[active] : []),
    attempt: latch === undefined ? ++attempt : attempt,
    writer: "ann",
    at: new Date().toISOString(),
    latches: latch ? [{ color: "green", release: "green", attempt, at: "", reason: latch }] : [],
  });
  async function send(color: Color | null, fenced?: () => Promise<string | null>) {
    return group.write(color ? targets[color] : [], recordOf(color), await group.observe(targets), fenced);
  }
  const revert = async (color: Color) => {
    return group.write(targets[color], recordOf(color, "it failed"), await group.observe(targets));
  };
  const shown = () => [web, chat, api].map(({ backends }) => (backends[0] ?? "none")[0]).join("");

  test("is switched in order, and goes back in reverse", async () => {
    expect((await send("green")).result).toBe("written");
    expect((await revert("blue")).result).toBe("written");
    expect(log).toEqual(["web green", "chat green", "api green", "api blue", "chat blue", "web blue"]);
    const { observation } = await group.observe(targets);
    expect(observation).toMatchObject({ color: "blue", intact: true, current: true });
    expect(observation.record?.latches).toHaveLength(1);
  });

  test("gives back what it took when a router refuses, the last one first", async () => {
    const before = (await group.observe(targets)).observation.record;
    // It takes no write at all, not even one that changes nothing.
    api.fates = ["refused", "refused"];
    await expect(send("green")).rejects.toThrow("Service api: forbidden");
    const forth = ["web green", "chat green", "api green refused"];
    expect(log).toEqual([...forth, "api blue refused", "chat blue", "web blue"]);
    expect(shown()).toBe("bbb");
    const { observation } = await group.observe(targets);
    expect(observation).toMatchObject({ color: "blue", intact: true, current: true });
    expect(observation.record?.attempt).toBe(before?.attempt);
  });

  test("takes nothing when the first router was changed meanwhile, and gives back when another one was", async () => {
    const seen = await group.observe(targets);
    web.move(own.blue);
    expect((await group.write(targets.green, recordOf("green"), seen)).result).toBe("conflict");
    expect(log).toEqual(["web green"]);
    const again = await group.observe(targets);
    api.move(["x:80"]);
    expect((await group.write(targets.green, recordOf("green"), again)).result).toBe("conflict");
    expect(shown()).toBe("bbx");
    const { observation } = await group.observe(targets);
    expect(observation).toMatchObject({
      color: "foreign",
      intact: false,
      movedBy: "ann at noon (Service api, to backends of neither color)",
    });
  });

  test("takes back a write whose answer was lost, and one that was lost can't come late", async () => {
    api.fates = ["answer lost"];
    await expect(send("green")).rejects.toThrow("Service api: timeout");
    expect(shown()).toBe("bbb");
    chat.fates = ["late"];
    await expect(send("green")).rejects.toThrow("Service chat: timeout");
    chat.late?.();
    expect(shown()).toBe("bbb");
    expect((await group.observe(targets)).observation).toMatchObject({ color: "blue", current: true });
  });

  test("that can't give back either says so, shows what the attempt was for, and the next write heals it", async () => {
    for (const next of ["green", "blue"] as const) {
      await send("blue");
      api.fates = ["refused"];
      chat.fates = [];
      log.splice(0);
      const seen = await group.observe(targets);
      // The way back of `chat` is closed.
      const write = chat.write.bind(chat);
      let writes = 0;
      chat.write = async (...args) => {
        if (writes++ > 0) throw new Error("forbidden");
        return write(...args);
      };
      await expect(group.write(targets.green, recordOf("green"), seen)).rejects.toThrow(/forbidden/);
      chat.write = write;
      expect(shown()).toBe("ggb");
      const { observation } = await group.observe(targets);
      expect(observation).toMatchObject({ color: "green", intact: true, current: false, reaches: ["green", "blue"] });
      expect((await send(next)).result).toBe("written");
      expect((await group.observe(targets)).observation).toMatchObject({ color: next, current: true });
      expect((await group.observe(targets)).observation).not.toHaveProperty("reaches");
    }
  });

  test("writes nothing more once its run is fenced off", async () => {
    let asked = 0;
    await expect(send("green", async () => (++asked > 1 ? "the engine is gone" : null))).rejects.toThrow("engine");
    expect(log).toEqual(["web green"]);
    expect(shown()).toBe("gbb");
  });

  test("goes back as far as it is still this app's, when someone else has moved one of its routers", async () => {
    await send("green");
    chat.move(["x:80"]);
    await expect(revert("blue")).rejects.toThrow("not all routers took the write");
    expect(shown()).toBe("bxb");
    expect((await group.observe(targets)).observation).toMatchObject({ color: "foreign", intact: false });
  });

  test("finds a router that is new in it where it has no traffic yet, and leads on by those that have", async () => {
    const fresh = new MemoryRouter("new", log);
    const more = new GroupRouter([
      { service: "new", name: "Service new", router: fresh },
      { service: "web", name: "Service web", router: web },
    ]);
    const some: Targets = {
      blue: [...behind("new", own.blue), ...behind("web", own.blue)],
      green: [...behind("new", own.green), ...behind("web", own.green)],
    };
    const seen = await more.observe(some);
    expect(seen.observation).toMatchObject({ color: "blue", intact: true, current: false });
    await more.write(some.blue, recordOf("blue"), seen);
    expect((await more.observe(some)).observation).toMatchObject({ color: "blue", current: true });
  });

  test("remembers what was latched, though a router that is new in it was in no attempt yet", async () => {
    await send("green");
    await group.write([], recordOf(null, "it failed"), await group.observe(targets));
    const more = new GroupRouter([
      { service: "new", name: "Service new", router: new MemoryRouter("new", log) },
      { service: "web", name: "Service web", router: web },
    ]);
    const last = (await more.observe(targets)).observation.record;
    web.fates = ["refused"];
    await expect(more.write([], recordOf("blue"), await more.observe(targets))).rejects.toThrow("forbidden");
    const { record } = (await more.observe(targets)).observation;
    expect(record).toMatchObject({ attempt: last?.attempt, latches: [{ color: "green", reason: "it failed" }] });
  });

  test("asks the live address of the service that is named, else the first", async () => {
    expect((await group.ask({ path: "/", timeoutMs: 1 })).backend).toBe("web=b:80");
    expect((await group.ask({ path: "/", timeoutMs: 1 }, "api")).backend).toBe("api=b:80");
  });
});
