import { isDeepStrictEqual } from "node:util";
import { type Color, describeRecord, isColor, otherColor, type RouterRecord } from "@bluegreen/core";
import type { CommandResult } from "@bluegreen/testkit/engine/pulumi";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { type Allowance, allowance } from "./allowance.ts";
import { amountOf, describeLoss, type Loss } from "./loss.ts";
import { Points } from "./points.ts";
import { ofReverts, type Row } from "./rows.ts";
import type { Scene } from "./scene.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./steps.ts";

/** What the person at the keyboard does after the fault: the same `up` again, or the config set back first. */
export type Afterwards = "kept" | "reverted";

/** One row, played to its end for one wish. */
export interface Played {
  readonly afterwards: Afterwards;
  readonly from: Color;
  readonly to: Color;
  readonly loss: Loss;
  readonly allowed: Allowance;
  /** The run that was struck. */
  readonly struck: Ending;
  /** The next one. */
  readonly next: Ending;
  readonly cancelled: boolean;
  /** What does not hold of all that must; empty when the promise was kept. */
  readonly broken: readonly string[];
}

/** How a run ended: what it said, and who is live by state's and by the answers' word. */
export interface Ending {
  readonly exit: number | string;
  readonly says: string;
  readonly output: string;
  readonly state: string;
  readonly answers: string;
}

/** An orphan notices within half a second that its engine is gone, and ends 5 s later at most; this machine may be busy. */
const orphanEndsMs = 30_000;
const answersWithinMs = 10_000;
/** What a platform calls running has still to get to its first line. */
const beginsWithinMs = 1_000;
const locked = /the stack is currently locked/;
const refusal = /failed after the switch|was reverted after going live/;
let played = 0;

/** Strikes one run of the stage with the row's fault, and lets the next `up` make of it what it can. */
export async function play(stage: Stage, row: Row, afterwards: Afterwards): Promise<Played> {
  const points = new Points();
  const from = stage.wished.activeColor;
  const to = otherColor(from);
  const breach = `/breach-${++played}`;
  try {
    await stage.tell({ activeColor: to, [to]: await releaseOf(stage, to), breach, drains: row.step === "draining" });
    if (row.fault.spoils) stage.spoiled.add(to);
    const begun = stage.app.mark();
    const { scene, ...times } = await strike(stage, points, { row, from, to, breach });
    await stage.tell({ activeColor: afterwards === "kept" ? to : from });
    const { result, cancelled } = await over(scene, row);
    const struck = await endingOf(stage, result);
    const struckEndedAt = Date.now();
    const again = await stage.up();
    const wrote = await haunt(scene, row);
    const next = await endingOf(stage, again);
    await stage.tell({ activeColor: isColor(next.answers) ? next.answers : from });

    const loss = await stage.app.lossSince(begun);
    const endedAt = isColor(struck.answers) ? struckEndedAt : Date.now();
    const allowed = allowance(stage, row.fault, points.trace(), { ...times, endedAt, loss });
    const facts = { afterwards, from, to, loss, allowed, struck, next, cancelled };
    const broken = [
      ...brokenBy(row, facts),
      ...disagreement(await stage.ground.records()),
      ...(wrote ? ["the orphan wrote to the router after another run had taken over"] : []),
      // A wish that is refused before anything runs leaves it to the next run that does.
      ...(next.exit === 0 ? await stage.ground.leases() : []).map((lease) => `lease ${lease} is still there`),
    ];
    return { ...facts, broken };
  } finally {
    points.remove();
  }
}

interface Plan {
  readonly row: Row;
  readonly from: Color;
  readonly to: Color;
  readonly breach: string;
}

/** Starts `up`, leads it to the row's step and strikes there. */
async function strike(stage: Stage, points: Points, { row, from, to, breach }: Plan) {
  const { step, fault } = row;
  const before: Step[] = ofReverts.includes(step) ? ["baking"] : [];
  if (step === "reobserving") before.push("reverting");
  for (const one of [...before, step]) points.arm(one);
  const run = stage.start(points.env);
  for (const one of before) {
    await points.reached(one, run);
    if (one === "baking") await stage.app.spoil(to, breach);
    points.release(one, one === "baking" ? "go" : "fail");
  }
  const provider = await points.reached(step, run);
  const struckAt = Date.now();
  let releasedAt = struckAt;
  const release: Scene["release"] = (word) => {
    releasedAt = Date.now();
    points.release(step, word);
  };
  const scene: Scene = { stage, run, provider, from, to, release };
  await fault.strike(scene);
  if (fault.costs === "router")
    await until("the router answers again", async () => isColor(await stage.app.answering()), answersWithinMs);
  return { scene, struckAt, releasedAt, mendedAt: Date.now() };
}

/** Waits for the end of the run and of all that it left behind. */
async function over(scene: Scene, { fault }: Row): Promise<{ result: CommandResult; cancelled: boolean }> {
  const result = await scene.run.result;
  const orphan = fault.haunt ? undefined : ended(scene.provider);
  const [cancelled] = await Promise.all([fault.locks ? unlock(scene.stage) : false, orphan]);
  await fault.mend?.(scene);
  return { result, cancelled };
}

/** `pulumi cancel`, where an `up` says that there is no other way. */
async function unlock(stage: Stage): Promise<boolean> {
  const { output } = await stage.up();
  if (!locked.test(output)) return false;
  await stage.cancel();
  return true;
}

/** @returns whether what was left of the run has written to the router */
async function haunt(scene: Scene, { fault }: Row): Promise<boolean> {
  if (!fault.haunt) return false;
  const before = await scene.stage.ground.records();
  await fault.haunt(scene);
  await ended(scene.provider);
  return !isDeepStrictEqual(await scene.stage.ground.records(), before);
}

/**
 * A release that was taken back is not tried again as it is, on whichever color, so the color gets a new one; one that
 * neither color has had, for a latch of the other one's holds, too.
 */
async function releaseOf(stage: Stage, color: Color): Promise<string> {
  const latches = (await stage.ground.records()).flatMap((record) => record.latches);
  const { [color]: release, blue, green } = stage.wished;
  const latched = latches.some((latch) => latch.release === release);
  if (!stage.spoiled.delete(color) && !latched) return release;
  return String(Math.max(...[blue, green, ...latches.map((latch) => latch.release)].map(Number)) + 1);
}

async function endingOf(stage: Stage, { exit, signal, output }: CommandResult): Promise<Ending> {
  const someone = async () => (await stage.app.answering()) !== "nobody";
  await until("somebody is live", someone, exit === 0 ? answersWithinMs : beginsWithinMs).catch(() => undefined);
  const [state, answers] = await Promise.all([stage.recorded(), stage.app.answering()]);
  return { exit: signal ?? exit, says: shortened(output), output, state, answers };
}

/** The library's words, else the engine's. */
function shortened(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => line.startsWith("error:") && line !== "error: update failed");
  const said = lines.findLast((line) => line.startsWith("✖")) ?? errors.at(-1) ?? "";
  return said.replace(/^(✖|error:) */, "");
}

function brokenBy(row: Row, facts: Omit<Played, "broken">): string[] {
  const { afterwards, from, to, loss, allowed, next } = facts;
  const live = afterwards === "kept" && row.kept === "goes live" ? to : from;
  const refuses = afterwards === "kept" && row.kept === "is refused";
  const problems = [
    next.state !== next.answers && `state says ${next.state}, and ${next.answers} answers`,
    next.answers !== live && `${next.answers} answers in the end, not ${live}`,
    !refuses && next.exit !== 0 && `the next up ended with ${next.exit}: ${next.says}`,
    refuses && next.exit === 0 && "the next up ended with 0, though its wish was refused",
    refuses && !refusal.test(next.output) && `the refusal does not say that the release was reverted: ${next.says}`,
    amountOf(loss) > allowed.limit && `${describeLoss(loss)}, ${allowed.limit} may be lost: ${allowed.words}`,
    loss.of === "work" && loss.most > 1 && `${loss.most} worked at once`,
  ];
  return problems.filter((problem) => problem !== false);
}

/** Routers of one app that say different things. */
function disagreement([first, ...others]: readonly RouterRecord[]): string[] {
  const differ = others.filter(({ active, attempt }) => active !== first?.active || attempt !== first.attempt);
  return differ.map(
    (one) => `the routers' records differ: ${describeRecord(first ?? null)}, and ${describeRecord(one)}`,
  );
}

async function ended(pid: number): Promise<void> {
  await until(`the provider ${pid} has ended`, async () => !isProvider(pid), orphanEndsMs);
}
