import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Observation, RouterRecord } from "@bluegreen/core";
import type { Fenced, LiveAnswer, Router, Seen, Targets, Written } from "../contracts/router.ts";
import type { Kept, Worker, Workers } from "../contracts/workers.ts";
import { colorOf, fingerprints, sameBackends } from "../routers/interpret.ts";

const pollMs = 100;
/** What was told to end and has had its time is gone after this long, or it hangs. Milliseconds. */
const goneWithinMs = 60_000;

/**
 * No router: nothing leads to the app, and which color is active is which color runs. What it "routes" to are the
 * color's workloads, by name. Exclusive ones never run beside the other color's; those of a candidate that are not run
 * before the switch like any candidate's, and count from then on.
 *
 * The record says which color may run, and comes first: a run that is killed between stopping one color and starting the
 * other leaves a record that proves whose unfinished work it is, and nothing else that runs. What runs and is not allowed
 * by it was started by someone else.
 *
 * Never two at once: the old color is stopped, and gone by the platform's word, before the new one is started; and each
 * step needs the lease and a mark that the next deployer changes (see `Workers.mark`). What remains: a start that the
 * platform had already accepted from an overtaken deployer, and not carried out, as the next one marked; it is looked for
 * after the start. And hands that start the idle color past this library, which show as traffic that was moved.
 */
export class NoRouter implements Router {
  readonly kind = "none";
  private readonly workers: Workers;
  private readonly pause: () => Promise<void>;
  private kept: Kept | null = null;

  /** `pause`: between two looks at what was told to end. */
  constructor(workers: Workers, pause: () => Promise<void> = () => sleep(pollMs)) {
    this.workers = workers;
    this.pause = pause;
  }

  async observe(targets: Targets): Promise<Seen> {
    const [{ kept, token }, workers] = await Promise.all([this.workers.read(), this.workers.look()]);
    this.kept = kept;
    const counted = workers.filter((one) => one.runs && !one.ends && (one.exclusive || kept?.may.includes(one.name)));
    const backends = counted.map(({ name }) => name);
    return { observation: interpretKept(kept, counted, targets), backends, token };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen, fenced?: Fenced): Promise<Written> {
    if (!fenced) throw new TypeError("a handover needs to know whether it is still allowed");
    const started = performance.now();
    // Foreign ones are not given back: they may be both colors at once.
    const may = record.active === null ? [] : backends;
    const unfinished = this.kept?.left ? this.kept : null;
    const resumed = unfinished ? Date.parse(unfinished.record.at) : undefined;
    // Who was overtaken may be about to start what its own record allowed: until it is marked, that is nobody else's hand.
    const left = [...new Set([...seen.backends, ...(unfinished?.may ?? []), ...(unfinished?.left ?? [])])];
    const token = await this.workers.keep({ record, may, left }, seen.token);
    if (token === null) return { result: "conflict", token: seen.token, ms: performance.now() - started };
    const mark = randomBytes(4).toString("hex");
    await this.workers.mark(mark);
    await hold(fenced);
    const gone = await this.stopOthers(may, mark);
    const leftAt = gone.lastSeen ?? resumed;
    const told = () => ({ ms: performance.now() - started, ...(leftAt === undefined ? {} : { leftAt }) });
    if (gone.stuck.length > 0) {
      return { result: "stuck", token, reason: `${gone.stuck.join(", ")} did not end`, ...told() };
    }
    await hold(fenced);
    await this.workers.start(may, mark);
    const others = namesOf(othersAmong(await this.workers.look(), may));
    if (others.length > 0) {
      await this.workers.stop(may, mark);
      throw new Error(`${others.join(", ")} was started by someone else as ${record.active ?? "no color"} was`);
    }
    const settled = await this.workers.keep({ record, may, left: null }, token);
    if (settled === null) throw new Error("another run wrote over this one's record");
    // A mark that stays is taken away by the next run.
    await this.workers.unmark().catch(() => {});
    return { result: "written", token: settled, ...told() };
  }

  /** Beside what runs, also in the middle of a handover, which stays as unfinished as it is. */
  async note(record: RouterRecord, seen: Seen): Promise<Written> {
    const started = performance.now();
    const { may, left } = this.kept ?? { may: [], left: null };
    const token = await this.workers.keep({ record, may, left }, seen.token);
    const ms = performance.now() - started;
    return token === null ? { result: "conflict", token: seen.token, ms } : { result: "written", token, ms };
  }

  async ask(): Promise<LiveAnswer> {
    throw new TypeError("an app without a live address can't be asked there");
  }

  /** Ends what is exclusive and not among these. Gives when one of them was last seen to run, and those that never ended. */
  private async stopOthers(may: readonly string[], mark: string) {
    let lastSeen: number | undefined;
    let asked = Date.now();
    let others = othersAmong(await this.workers.look(), may);
    if (others.length === 0) return { lastSeen, stuck: [] };
    let deadline = Number.POSITIVE_INFINITY;
    const stopping = this.workers.stop(namesOf(others), mark).then(() => {
      deadline = Date.now() + goneWithinMs;
    });
    stopping.catch(() => {});
    while (others.length > 0 && Date.now() < deadline) {
      if (!others.every(({ mayCome }) => mayCome)) lastSeen = asked;
      // A refusal of the stop ends the wait.
      const pause = this.pause();
      await Promise.race([stopping.then(() => pause), pause]);
      asked = Date.now();
      others = othersAmong(await this.workers.look(), may);
    }
    if (others.length === 0) await stopping;
    return { lastSeen, stuck: namesOf(others) };
  }
}

async function hold(fenced: Fenced): Promise<void> {
  const reason = await fenced();
  if (reason !== null) throw new Error(`the lease was lost, nothing was started: ${reason}`);
}

function othersAmong(workers: readonly Worker[], may: readonly string[]): Worker[] {
  return workers.filter((one) => one.exclusive && one.runs && !may.includes(one.name));
}

function namesOf(workers: readonly Worker[]): string[] {
  return workers.map(({ name }) => name);
}

/** The record names the color as long as nothing runs that it does not allow; otherwise what runs tells. */
export function interpretKept(kept: Kept | null, running: readonly Worker[], targets: Targets): Observation {
  const allowed = [...(kept?.may ?? []), ...(kept?.left ?? [])];
  const strangers = running.filter(({ name }) => !allowed.includes(name));
  const names = running.map(({ name }) => name);
  const intact = strangers.length === 0;
  const color = intact ? (kept?.record.active ?? null) : (colorOf(names, targets) ?? "foreign");
  const settled = (kept?.left ?? null) === null && running.every(({ whole }) => whole);
  const current = settled && color !== "foreign" && sameBackends(names, color ? targets[color] : []);
  const movedBy = strangers.find((one) => one.movedBy !== null)?.movedBy ?? null;
  return { color, record: kept?.record ?? null, intact, current, movedBy, targets: fingerprints(targets) };
}
