import type { Command, CutoverRecord, Event, Observation, Outcome, Plan } from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import { drive, type World } from "../src/cutover/driver.ts";

const plan: Plan = {
  wish: "green",
  attempt: 2,
  release: "1.1.0",
  missing: [],
  sealed: { blue: true, green: false },
  force: null,
  adopts: false,
  drains: true,
};
const blueIsLive: Observation = { color: "blue", record: null, intact: true, current: true, movedBy: null };

/** A world in which all goes well, but for what a test changes. */
class CalmWorld implements World {
  readonly interrupted: Promise<string> = new Promise(() => {});
  readonly cancelled: Promise<string> = new Promise(() => {});
  readonly gapMs = null;
  readonly switchMs = 1;
  readonly drained = null;
  readonly overrides = ["force green"];
  readonly done: Command["do"][] = [];
  closed: { record: CutoverRecord; outcome: Outcome } | null = null;

  async perform(command: Command, _plan: Plan): Promise<Event> {
    this.done.push(command.do);
    switch (command.do) {
      case "lease":
        return { type: "leased", unfinished: null, claim: { from: "blue", to: "green" } };
      case "observe":
        return { type: "observed", observation: blueIsLive };
      case "inspect":
        return { type: "ready" };
      case "write":
        return { type: "written" };
      case "drain":
        return { type: "drained" };
      default:
        return { type: "passed" };
    }
  }

  async fenced(): Promise<string | null> {
    return null;
  }

  async close(record: CutoverRecord, outcome: Outcome): Promise<void> {
    this.closed = { record, outcome };
  }
}

describe("the driver", () => {
  test("carries a cutover out, in order, and closes with its record", async () => {
    const world = new CalmWorld();
    const { outcome, record } = await drive(plan, world);
    expect(outcome).toEqual({ kind: "switched", from: "blue", to: "green" });
    expect(world.done).toEqual(["lease", "observe", "inspect", "write", "verify", "bake", "drain"]);
    expect(world.closed).toEqual({ outcome, record });
    expect(record).toMatchObject({ attempt: 2, from: "blue", to: "green", release: "1.1.0", outcome: "switched" });
    expect(record.overrides).toEqual(["force green"]);
    expect(record).not.toHaveProperty("code");
  });

  test("writes nothing once it is fenced", async () => {
    const world = new CalmWorld();
    world.fenced = async () => "another run took it over";
    const { outcome } = await drive(plan, world);
    expect(outcome).toMatchObject({ kind: "partial", code: "lease-lost" });
    expect(world.done).not.toContain("write");
  });

  test("does not believe a bake during which another run took the lease over", async () => {
    const world = new CalmWorld();
    world.fenced = async () => (world.done.includes("bake") ? "another run took it over" : null);
    const { outcome } = await drive(plan, world);
    expect(outcome).toMatchObject({ kind: "partial" });
    expect(world.done.filter((command) => command === "write")).toHaveLength(1);
  });

  test("ends a check that is under way when the engine goes", async () => {
    const world = new (class extends CalmWorld {
      override readonly interrupted = new Promise<string>((resolve) => setTimeout(resolve, 20, "the engine is gone"));
      override perform(command: Command, plan: Plan): Promise<Event> {
        return command.do === "bake" ? new Promise(() => {}) : super.perform(command, plan);
      }
    })();
    const { outcome } = await drive(plan, world);
    expect(outcome).toMatchObject({ kind: "partial", reason: expect.stringContaining("the engine is gone") });
  });

  test("ends at once when it is cancelled: before the switch without a write, after it at the old color", async () => {
    const cancelledAt = (step: Command["do"]) => {
      let cancel = () => {};
      return new (class extends CalmWorld {
        override readonly cancelled = new Promise<string>((resolve) => {
          cancel = () => resolve("the run was cancelled");
        });
        override perform(command: Command, plan: Plan): Promise<Event> {
          if (command.do === step) cancel();
          if (command.do === step && step === "bake") return new Promise(() => {});
          return super.perform(command, plan);
        }
      })();
    };
    const before = cancelledAt("observe");
    const refused = await drive(plan, before);
    expect(refused.outcome).toEqual({ kind: "refused", code: "cancelled", reason: "the run was cancelled" });
    expect(refused.record).toMatchObject({ outcome: "refused", code: "cancelled", reason: "the run was cancelled" });
    expect(before.done).toEqual(["lease", "observe"]);

    const after = cancelledAt("bake");
    const { outcome } = await drive(plan, after);
    expect(outcome).toMatchObject({ kind: "reverted", to: "blue", code: "cancelled" });
    expect(after.done).toEqual(["lease", "observe", "inspect", "write", "verify", "write", "verify", "drain"]);

    const late = cancelledAt("drain");
    expect((await drive(plan, late)).outcome).toMatchObject({ kind: "switched" });
  });

  test("takes an edge that breaks for the failure that its step expects", async () => {
    const broken = (step: Command["do"]) =>
      new (class extends CalmWorld {
        override perform(command: Command, plan: Plan): Promise<Event> {
          return command.do === step ? Promise.reject(new Error("broken pipe")) : super.perform(command, plan);
        }
      })();
    expect((await drive(plan, broken("lease"))).outcome.kind).toBe("refused");
    expect((await drive(plan, broken("observe"))).outcome.kind).toBe("refused");
    expect((await drive(plan, broken("inspect"))).outcome.kind).toBe("refused");
    expect((await drive(plan, broken("bake"))).outcome).toMatchObject({ kind: "reverted", to: "blue" });
  });

  test("waits for a write that was sent, though the engine goes meanwhile: its fate decides what the router shows", async () => {
    let told = () => {};
    const world = new (class extends CalmWorld {
      override readonly interrupted = new Promise<string>((resolve) => {
        told = () => resolve("the engine is gone");
      });
      override async perform(command: Command, plan: Plan): Promise<Event> {
        if (command.do !== "write") return super.perform(command, plan);
        told();
        await new Promise((resolve) => setTimeout(resolve, 20));
        this.done.push("write", "end");
        return { type: "written" };
      }
    })();
    await drive(plan, world);
    expect(world.done).toContain("end");
    expect(world.closed?.outcome.kind).toBe("partial");
  });

  test("says that a write whose fate is unknown may have taken effect", async () => {
    const world = new (class extends CalmWorld {
      private sent = false;
      override async perform(command: Command, plan: Plan): Promise<Event> {
        if (command.do === "write") {
          this.sent = true;
          throw new Error("reset");
        }
        if (command.do === "observe" && this.sent) throw new Error("no route");
        return super.perform(command, plan);
      }
    })();
    const { outcome } = await drive(plan, world);
    expect(outcome).toMatchObject({ kind: "partial", code: "write-in-doubt" });
  });
});
