import { type Color, colors, perColor, type RouterRecord } from "@bluegreen/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Seen } from "../src/contracts/router.ts";
import type { Workers } from "../src/contracts/workers.ts";
import { fingerprint } from "../src/routers/interpret.ts";
import { NoRouter } from "../src/workers/none.ts";

/** One exclusive worker a color, of a real platform, and a way past this library. */
export interface WorkersFixture {
  readonly app: string;
  readonly names: Readonly<Record<Color, string>>;
  open(): Workers;
  /** By the platform's own word, those on their way out included. */
  running(): Promise<Color[]>;
  startByHand(color: Color): Promise<void>;
  close(): Promise<void>;
}

/** What every platform's workers must keep of the promises that `NoRouter` builds on. */
export function workersConformance(name: string, make: () => Promise<WorkersFixture>): void {
  describe(`${name} without a live address`, { timeout: 120_000 }, () => {
    let fixture: WorkersFixture;
    let attempt = 0;
    beforeAll(async () => {
      fixture = await make();
    }, 120_000);
    afterAll(() => fixture?.close());

    const targets = () => perColor((color) => [fixture.names[color]]);
    const recordFor = (active: Color): RouterRecord => ({
      app: fixture.app,
      active,
      release: "1",
      backends: fingerprint([fixture.names[active]]),
      attempt: ++attempt,
      writer: "ann@ci-7 pid 1",
      at: new Date().toISOString(),
      latches: [],
    });
    const see = () => new NoRouter(fixture.open()).observe(targets());
    const hand = async (color: Color, fenced: () => Promise<string | null> = async () => null, seen?: Seen) => {
      const router = new NoRouter(fixture.open());
      const now = await router.observe(targets());
      return router.write([fixture.names[color]], recordFor(color), seen ?? now, fenced);
    };

    test("runs nothing before the first handover", async () => {
      const { observation, backends } = await see();
      expect(observation).toMatchObject({ color: null, record: null, intact: true });
      expect(backends).toEqual([]);
      expect(await fixture.running()).toEqual([]);
    });

    test("runs one color after each handover, and says which", async () => {
      for (const color of ["blue", "green", "blue"] as const) {
        expect(await hand(color)).toMatchObject({ result: "written" });
        expect(await fixture.running()).toEqual([color]);
        expect((await see()).observation).toMatchObject({ color, intact: true, current: true, movedBy: null });
      }
    });

    test("tells when the color that was left was last seen to run", async () => {
      const before = Date.now();
      const { leftAt = 0 } = await hand("green");
      expect(leftAt).toBeGreaterThanOrEqual(before);
      expect(leftAt).toBeLessThanOrEqual(Date.now());
    });

    test("refuses a write on what is not there any more, and touches nothing", async () => {
      const stale = await see();
      await hand("green");
      expect((await hand("blue", undefined, stale)).result).toBe("conflict");
      expect(await fixture.running()).toEqual(["green"]);
    });

    test("lets one of two that write at once win, and runs one color", async () => {
      const seen = await see();
      const results = await Promise.all(colors.map((color) => hand(color, undefined, seen)));
      expect(results.map(({ result }) => result).sort()).toEqual(["conflict", "written"]);
      expect(await fixture.running()).toHaveLength(1);
    });

    test("starts nothing for a deployer that was overtaken after it asked for its lease", async () => {
      await hand("blue");
      let asked = 0;
      // It is asleep between its last question and its start, while another one does all of its work.
      const asleep = hand("green", async () => {
        if (++asked === 2) expect(await hand("blue")).toMatchObject({ result: "written" });
        return null;
      });
      await expect(asleep).rejects.toThrow("another run has taken");
      expect(await fixture.running()).toEqual(["blue"]);
      expect((await see()).observation).toMatchObject({ color: "blue", intact: true });
    });

    test("stops nothing for a deployer that was overtaken before it stopped the other color", async () => {
      await hand("blue");
      let asked = 0;
      const asleep = hand("green", async () => {
        if (++asked === 1) await hand("blue");
        return null;
      });
      await expect(asleep).rejects.toThrow("taken");
      expect(await fixture.running()).toEqual(["blue"]);
    });

    test("takes what a killed run left as that run's, and heals it either way", async () => {
      for (const [next, step] of [
        ["green", 1],
        ["blue", 2],
      ] as const) {
        await hand("blue");
        let asked = 0;
        const killed = hand("green", async () => (++asked === step ? "killed" : null));
        await expect(killed).rejects.toThrow("killed");
        expect((await see()).observation).toMatchObject({ color: "green", intact: true, current: false });
        expect(await hand(next)).toMatchObject({ result: "written", leftAt: expect.any(Number) });
        expect(await fixture.running()).toEqual([next]);
      }
    });

    test("shows what someone else started as moved, and ends it with the next handover", async () => {
      await hand("blue");
      await fixture.startByHand("green");
      expect((await see()).observation).toMatchObject({ color: "foreign", intact: false });
      expect((await hand("green")).result).toBe("written");
      expect(await fixture.running()).toEqual(["green"]);
    });
  });
}
