import { setTimeout as sleep } from "node:timers/promises";
import { count } from "@bluegreen/testkit/count";
import { type Load, startLoad } from "@bluegreen/testkit/load/load";
import { addTallies, between, type LoadReport, type Tally } from "@bluegreen/testkit/load/report";
import type { ActPlan } from "./acts.ts";
import { brokenClaims, type Observed } from "./claims.ts";
import { type Act, answeredBy, milliseconds, type PictureEvent } from "./picture/act.ts";
import type { Stage } from "./stage.ts";

/** Traffic goes on for a while after the first deployment, which has no traffic of its own. */
const firstTrafficMs = 1_000;

/** An act that was played. */
interface Played {
  readonly plan: ActPlan;
  readonly seen: Observed;
  readonly from: number;
  /** When the command ended. */
  readonly ended: number;
}

export interface Story {
  readonly report: LoadReport;
  readonly acts: readonly Act[];
  readonly events: readonly PictureEvent[];
  /** What did not hold, a line each. Empty: everything happened as it was told. */
  readonly broken: readonly string[];
}

/**
 * Plays the acts under steady traffic, which begins when the first deployment is there. It stops at the first act that
 * doesn't go as it should: the following ones build on it.
 */
export async function play(
  plans: readonly ActPlan[],
  { stage, rate, say }: { stage: Stage; rate: number; say: (text: string) => void },
): Promise<Story> {
  let load: Load | undefined;
  let broken: string[] = [];
  const played: Played[] = [];
  for (const [index, plan] of plans.entries()) {
    say(`act ${index + 1} of ${plans.length} · ${plan.name}`);
    const before = await stage.look();
    const from = load?.mark(plan.name);
    for (const [key, value] of Object.entries(plan.set)) {
      say(`  $ pulumi config set ${key} ${value}`);
      await stage.stack.config(key, value);
    }
    say(`  $ pulumi ${plan.run}${plan.run === "preview" ? " --diff" : ""}`);
    const { exit, output, ms } = await stage.run(plan.run);
    const ended = Date.now();
    say(`    exit ${exit} after ${milliseconds(ms)}`);
    for (const line of refusals(output)) say(`    ${line}`);
    if (!load && exit === 0) {
      load = await startLoad({ url: stage.url, rate });
      say(`  traffic begins: ${rate} requests per second to ${stage.url}, on new and kept-alive connections`);
      await sleep(firstTrafficMs);
    }
    const after = await stage.look();
    const router = await stage.whoIsLive();
    const record = after.attempt > before.attempt ? await stage.record(after.app, after.attempt) : undefined;
    const begin = from ?? load?.startedAt ?? ended;
    const tally = (await load?.since(begin)) ?? addTallies([]);
    const footprints = { before: before.footprint, after: after.footprint };
    const seen = { exit, output, state: after.state, router, tally, ...footprints, ...(record ? { record } : {}) };
    played.push({ plan, seen, from: begin, ended });
    broken = brokenClaims(plan.expect, seen).map((problem) => `act ${index + 1}, ${plan.name}: ${problem}`);
    const sums = `${count(tally.sent)} requests, ${count(tally.failed)} failed, answered by ${answeredBy(tally.byColor)}`;
    say(`  ${broken.length === 0 ? "✔" : "✖"} state: ${after.state} · router: ${router} · ${sums}`);
    if (broken.length > 0) {
      say(output.slice(-4_000));
      break;
    }
  }
  const end = load?.mark("end");
  if (!load || end === undefined) throw new Error(`${broken.join("\n")}\nThere is nothing to send traffic to.`);
  const report = await load.stop();
  // Answers that were still to come are in now, so the claims are judged once more.
  const spans = played.map((act, i) => ({ ...act, to: played[i + 1]?.from ?? end }));
  const final = spans.map((act) => ({ ...act, seen: { ...act.seen, tally: between(report, act.from, act.to) } }));
  const judged = final.flatMap(({ plan, seen }, i) =>
    brokenClaims(plan.expect, seen).map((problem) => `act ${i + 1}, ${plan.name}: ${problem}`),
  );
  return {
    report,
    acts: final.map(({ plan, seen, from, to }) => asAct(plan, seen, from, to)),
    events: final.flatMap(({ plan, seen, ended }) => plan.events?.(seen, ended) ?? []),
    broken: [...new Set([...broken, ...judged])],
  };
}

function asAct(plan: ActPlan, seen: Observed, from: number, to: number): Act {
  const { exit, state, router } = seen;
  const switchMs = seen.record?.switchMs ?? undefined;
  const { sent, failed, byColor }: Tally = seen.tally;
  const times = { from, to, ...(switchMs === undefined ? {} : { switchMs }) };
  return { name: plan.name, sent, failed, byColor, state, router, exit, note: plan.note(seen), ...times };
}

/** What the library says to the person at the terminal, without what the engine wraps around it. */
function refusals(output: string): string[] {
  const lines = output.split("\n").map((line) => line.trim());
  const at = lines.findLastIndex((line) => line.startsWith("✖"));
  if (at === -1) return [];
  return lines.slice(at, at + 2).filter((line, i) => i === 0 || line.startsWith("at "));
}
