import { setTimeout as sleep } from "node:timers/promises";
import { type Color, colors, type Observation, type RouterRecord } from "@bluegreen/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Router, Targets } from "../src/contracts/router.ts";
import { fingerprint, fingerprints } from "../src/routers/interpret.ts";

const unfenced = async () => null;

/** A router in front of two colors that answer, and a way past it. */
export interface RouterFixture {
  readonly app: string;
  /** A router of its own, as another run would have it. */
  readonly open: () => Router;
  readonly targets: Targets;
  /** Sends traffic to a color as a person would, without the record. */
  moveByHand(color: Color): Promise<void>;
  /** What an observation has to say of that person; `null` where the platform can't know. */
  readonly mover: RegExp | null;
  /** The services whose live addresses are asked. @default the only one */
  readonly services?: readonly string[];
  /** `false`: several routers are written one after the other, and a look between two of them says that. @default true */
  readonly atomic?: boolean;
  readonly close: () => Promise<void>;
}

/** Longest time from a write to answers that prove it. Milliseconds. */
const answerWithinMs = 15_000;
const answerPauseMs = 20;

/** What every router promises to the cutover, whatever it is made of. */
export function routerConformance(name: string, make: () => Promise<RouterFixture>): void {
  describe(`a ${name} router`, () => {
    let fixture: RouterFixture;
    let router: Router;
    let attempt = 0;

    beforeAll(async () => {
      fixture = await make();
      router = fixture.open();
    });
    afterAll(() => fixture?.close());

    const see = () => router.observe(fixture.targets);
    const recordFor = (color: Color | null): RouterRecord => ({
      app: fixture.app,
      active: color,
      release: color && `${color}-release`,
      backends: fingerprint(color ? fixture.targets[color] : []),
      attempt: ++attempt,
      writer: "ann@ci-7 pid 4711",
      at: new Date().toISOString(),
      latches: [
        { color: "green", release: "1.0+é", attempt: 1, at: "2026-01-31T12:00:00Z", reason: 'it said "no"\n\\' },
      ],
    });
    /** What is seen while nobody else has written. */
    const shown = (color: Color | null, record: RouterRecord | null): Observation => {
      const targets = fingerprints(fixture.targets);
      return { color, record, intact: true, current: true, movedBy: null, targets };
    };
    const send = async (color: Color | null, as = router) => {
      const record = recordFor(color);
      const seen = await as.observe(fixture.targets);
      const written = await as.write(color ? fixture.targets[color] : [], record, seen, unfenced);
      return { record, written };
    };
    const services = () => fixture.services ?? [undefined];
    const ask = (service: string | undefined) => router.ask({ path: "/", timeoutMs: 5_000 }, service);
    /** The targets of one of the services. */
    const targetsOf = (color: Color, service: string | undefined) =>
      fixture.targets[color].filter((target) => service === undefined || target.startsWith(`${service}=`));
    /** Asks each service until the color's answers are proven. */
    const answered = async (color: Color) => {
      const deadline = performance.now() + answerWithinMs;
      for (const service of services()) {
        for (;;) {
          const answer = await ask(service).catch((error: Error) => error.message);
          if (typeof answer !== "string" && targetsOf(color, service).includes(answer.backend)) break;
          if (performance.now() > deadline) throw new Error(`${color} does not answer: ${JSON.stringify(answer)}`);
          await sleep(answerPauseMs);
        }
      }
    };

    test("has no color and no record before the first write", async () => {
      const { observation, backends } = await see();
      expect(observation).toEqual(shown(null, null));
      expect(backends).toEqual([]);
    });

    test("shows what was written, to every other run", async () => {
      for (const color of colors) {
        const { record, written } = await send(color);
        expect(written.result).toBe("written");
        expect(written.ms).toBeGreaterThan(0);
        const { observation, backends } = await fixture.open().observe(fixture.targets);
        expect(observation).toEqual(shown(color, record));
        expect([...backends].sort()).toEqual([...fixture.targets[color]].sort());
      }
    });

    test("proves whose answer it was, every time", async () => {
      for (const color of colors) {
        await send(color);
        await answered(color);
        for (let count = 0; count < 20; count++) {
          for (const service of services()) {
            const answer = await ask(service);
            expect(answer.status).toBe(200);
            expect(targetsOf(color, service)).toContain(answer.backend);
          }
        }
      }
    });

    test("refuses a write on what is not there any more, and writes nothing of it", async () => {
      const stale = await see();
      const { record } = await send("blue");
      const { result } = await router.write(fixture.targets.green, recordFor("green"), stale, unfenced);
      expect(result).toBe("conflict");
      expect((await see()).observation).toEqual(shown("blue", record));
    });

    test("takes a write on top of the one before by its token alone", async () => {
      const seen = await see();
      const first = await router.write(fixture.targets.green, recordFor("green"), seen, unfenced);
      const second = recordFor("blue");
      const { result } = await router.write(fixture.targets.blue, second, { ...seen, token: first.token }, unfenced);
      expect(result).toBe("written");
      expect((await see()).observation.record).toEqual(second);
    });

    test("lets exactly one of many writers win that have seen the same", async () => {
      for (let round = 0; round < 3; round++) {
        const seen = await see();
        const writers = Array.from({ length: 8 }, (_, index) => ({
          color: colors[index % 2] as Color,
          router: fixture.open(),
        }));
        const results = await Promise.all(
          writers.map(async (writer) => {
            const record = recordFor(writer.color);
            const { result } = await writer.router.write(fixture.targets[writer.color], record, seen, unfenced);
            return { result, record };
          }),
        );
        const won = results.filter(({ result }) => result === "written");
        expect(won).toHaveLength(1);
        expect((await see()).observation.record).toEqual(won[0]?.record);
      }
    });

    test("never shows a record without its color", async () => {
      await send("blue");
      let writing = true;
      const flips = (async () => {
        for (let count = 0; count < 20; count++) await send(colors[count % 2] as Color);
        writing = false;
      })();
      const other = fixture.open();
      let looks = 0;
      while (writing) {
        const { observation, backends } = await other.observe(fixture.targets);
        expect(observation.intact).toBe(true);
        const whole = fixture.atomic !== false || observation.current;
        const { active } = observation.record as { active: Color };
        if (whole) expect([...backends].sort()).toEqual([...fixture.targets[active]].sort());
        looks++;
      }
      await flips;
      expect(looks).toBeGreaterThan(5);
    });

    test("sees someone else, and who it was, and takes the traffic back from it", async () => {
      await send("blue");
      await fixture.moveByHand("green");
      const { observation } = await see();
      expect(observation).toMatchObject({ color: "green", intact: false });
      if (fixture.mover) expect(observation.movedBy).toMatch(fixture.mover);
      const { record, written } = await send("blue");
      expect(written.result).toBe("written");
      expect((await see()).observation).toEqual(shown("blue", record));
      await answered("blue");
    });

    test("refuses to write over someone else that it has not seen", async () => {
      await send("blue");
      const stale = await see();
      await fixture.moveByHand("green");
      const { result } = await router.write(fixture.targets.blue, recordFor("blue"), stale, unfenced);
      expect(result).toBe("conflict");
      expect((await see()).observation).toMatchObject({ color: "green", intact: false });
    });

    test("sends traffic nowhere when there is no color, also after someone else", async () => {
      await fixture.moveByHand("green");
      const { record } = await send(null);
      expect((await see()).observation).toEqual(shown(null, record));
      const deadline = performance.now() + answerWithinMs;
      for (const service of services()) {
        for (;;) {
          const answer = await ask(service).catch(() => null);
          if (answer === null || (answer.backend === "" && answer.status === 503)) break;
          if (performance.now() > deadline) throw new Error(`it still answers: ${JSON.stringify(answer)}`);
          await sleep(answerPauseMs);
        }
      }
    });
  });
}
