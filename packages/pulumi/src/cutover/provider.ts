import { isDeepStrictEqual } from "node:util";
import {
  describeFaults,
  type Fault,
  idleIsStopped,
  missingEvidence,
  type Observation,
  type Plan,
  parseEvidence,
} from "@bluegreen/core";
import type { KnownBy, Site } from "../contracts/site.ts";
import { asLater, hasChanged } from "../dynamic/changed.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";
import { whyUnanswered } from "./answering.ts";
import { changesOf } from "./changes.ts";
import { drive } from "./driver.ts";
import { Edges } from "./edges.ts";
import { describeOutcome } from "./outcome.ts";
import type { CutoverInputs, CutoverState } from "./state.ts";

/** What a failed attempt leaves different, or a cutover; it is of no use to a wish that is fulfilled. */
const bookkeeping: readonly string[] = [
  "name",
  "progressUrn",
  "attempt",
  "rollback",
  "sealed",
  "evidence",
  "overrides",
  "failedCandidate",
  "secretValues",
];

/**
 * What a color is recorded to run may have been removed by someone else, which neither state nor the interlock knows. As
 * the color that is to go live it is refused here: in preview, and in an update before the switch.
 */
export async function check(olds: Partial<CutoverState>, news: CutoverInputs) {
  if (olds.app !== undefined && olds.app !== news.app)
    return { inputs: news, failures: [strangerFailure(olds.app, news)] };
  const { activeColor: wish } = news;
  const lost = olds.app === undefined ? await lostRouter(news) : [];
  if (lost.length > 0) return { inputs: news, failures: [{ property: "", reason: describeFaults(news.name, lost) }] };
  const by = isUnknown(wish) || isUnknown(placeOf(news)) ? null : recordedBy(olds, news);
  const faults = by ? await missingFaults(news, by) : [];
  const failures = faults.length > 0 ? [{ property: "", reason: describeFaults(news.name, faults) }] : [];
  return { inputs: news, failures };
}

/**
 * Whether the color that is to go live was there before this run, and by what its workloads are known. In previews of
 * Kubernetes what the run itself will make has a name and an identity, too, by a dry run. Of a color that was declared
 * after the cutover no workload was recorded, but its version was. `null`: it was not there.
 */
function recordedBy(olds: Partial<CutoverState>, news: CutoverInputs): KnownBy | null {
  const { activeColor: wish, versions, workloads } = news;
  const known = olds.workloads?.[wish] ?? [];
  if (known.length > 0) return isDeepStrictEqual(known, workloads[wish]) ? "identity" : null;
  return olds.versions?.[wish] === versions[wish] ? "name" : null;
}

/** Without the interlock's state the app would be made anew, with another identity, in the place of what is live. */
function strangerFailure(app: string, { name }: CutoverInputs) {
  const problem = `the app is ${app}, and its interlock, which knows that, is gone from the state`;
  const fix =
    "import a checkpoint that has it: `pulumi stack history`, then `pulumi stack export --version` and `import`";
  return {
    property: "",
    reason: describeFaults(name, [{ code: "state-lost", problem, at: `${name}-interlock`, fix }]),
  };
}

/** A router that is to be made while one of this app serves users: state has lost that one, and it has the ports. */
async function lostRouter({ name, app, platform, router }: CutoverInputs): Promise<Fault[]> {
  if (isUnknown(app) || isUnknown(platform) || router.kind !== "caddy" || !isUnknown(router.container)) return [];
  const serving = await platformOf(platform)
    .then(({ parts }) => parts?.servingRouter(app))
    .catch(() => null);
  if (!serving) return [];
  return [
    {
      code: "state-lost",
      problem: `the router ${serving} leads users to the app, and is gone from the state; another one would find its ports taken`,
      at: `${name}-router`,
      fix: `take it back with \`takeOver: "${app}"\` (if that is there already, without it and then with it again)`,
    },
  ];
}

/** What has to be known to look. */
function placeOf({ app, platform, router, followers, workloads, versions }: CutoverInputs) {
  return { app, platform, router, followers, workloads, versions };
}

async function missingFaults(inputs: CutoverInputs, by: KnownBy): Promise<Fault[]> {
  const { name, activeColor: wish, versions } = inputs;
  try {
    const site = await openSite(inputs);
    const { observation: seen } = await site.routing.router.observe(site.routing.targets);
    if (seen.color === wish) return [];
    const missing = await site.backends.missing(wish, by);
    // Where there is no live address the idle color never runs.
    if (missing.length === 0 && site.address && !(await site.backends.remains(wish).runs())) {
      console.error(`${name}: nothing of ${wish} ${versions[wish]} runs; it is started before its gates are asked`);
    }
    return missing.map((what) => ({
      code: "candidate-incomplete",
      problem: `${wish} ${versions[wish]} is to go live, and ${what}`,
      at: `releases.${wish}`,
      fix: "`pulumi up --refresh` makes it anew, or set activeColor back",
    }));
  } catch {
    // What can't be asked now is told by who needs it.
    return [];
  }
}

/**
 * Only the world knows whether traffic is where it should be, so that is asked each time; for all else the engine
 * compares the inputs and shows them one by one.
 */
export async function diff(_id: string, olds: CutoverState, news: CutoverInputs) {
  const seen = await look(news);
  // Traffic that someone else moved to where it is wished is not adopted before the router's record says so.
  if (seen?.color !== news.activeColor || !seen.intact || seen.reaches) return { changes: true };
  // What ended by itself is started again, where that is the cutover's to do.
  if (idleIsStopped(news.router) && !seen.current) return { changes: true };
  if (hasChanged(asLater<CutoverInputs>(olds, news), news, bookkeeping)) return {};
  return { changes: (await isUntidy(news)) || (await isUnanswered(news)) };
}

/**
 * Nothing of the app changed, and users get no answer: then the cutover runs, which asks more than once, and fails. Not
 * asked where that takes a container of its own, because the deployer is elsewhere.
 */
async function isUnanswered(inputs: CutoverInputs): Promise<boolean> {
  const site = await openSite(inputs);
  if (site.address?.asker) return false;
  const reason = await whyUnanswered(inputs, site, inputs.activeColor).catch(reasonOf);
  if (reason !== null) console.error(`${inputs.name}: the live address does not answer: ${reason}`);
  return reason !== null;
}

/** A killed run left something that the wish is not about, and that only a run of the cutover takes away. */
async function isUntidy(inputs: CutoverInputs): Promise<boolean> {
  const { routing, tidying } = await openSite(inputs);
  const [leftovers, unfinished] = await Promise.all([tidying.hasLeftovers(), routing.readUnfinished()]);
  return leftovers || unfinished !== null;
}

async function openSite(inputs: CutoverInputs): Promise<Site> {
  return (await platformOf(inputs.platform)).openSite(inputs);
}

export async function create(inputs: CutoverInputs) {
  const outs = await run(inputs, null);
  return { id: inputs.app, outs };
}

export async function update(id: string, olds: CutoverState, news: CutoverInputs) {
  return { outs: await run(news, { id, olds }) };
}

/** What a refresh puts into state: the color that answers, not the one that was wished. */
export async function read(id: string, state: CutoverState) {
  const live = await liveColor(state);
  if (live === undefined) return { id, props: state, inputs: inputsOf(state) };
  const props = { ...state, activeColor: live };
  return { id, props, inputs: inputsOf(props) };
}

/** First of all that goes when the app is destroyed: what it was given is back with its makers before its pods end. */
export async function remove(state: CutoverState): Promise<void> {
  if (!state.adopts) return;
  const { address } = await openSite(state);
  for (const line of (await address?.adopted?.giveBack()) ?? []) console.error(`${state.name}: ${line}`);
}

async function run(inputs: CutoverInputs, before: { id: string; olds: CutoverState } | null): Promise<CutoverState> {
  const site = await openSite(inputs);
  const edges = new Edges(withFreshOverrides(inputs, before?.olds), site);
  const { outcome, record } = await drive(await planOf(inputs, site), edges).finally(() =>
    site.address?.asker?.close(),
  );
  if (record.gapMs !== null) console.error(`${inputs.name}: no color was at work for ${seconds(record.gapMs)}`);
  if (outcome.kind === "switched" || outcome.kind === "kept") {
    return { ...inputs, record: outcome.kind === "kept" ? (before?.olds.record ?? record) : record };
  }
  const changed = changesOf(before?.olds ?? null, inputs, inputs.activeColor);
  const message = describeOutcome(inputs, outcome, { changed, left: edges.left });
  const live = await liveColor(inputs);
  const recorded = before?.olds.activeColor ?? null;
  // A plain error leaves state at the recorded color. That is the truth unless a run before this one was killed after it
  // had moved the traffic.
  const returned = outcome.kind === "reverted" && outcome.to === "foreign" && live === "foreign";
  if (outcome.kind !== "partial" && (live === undefined || live === recorded || returned)) throw new Error(message);
  // The engine keeps the old inputs and these outputs, and calls `update` again on the next run even without a diff.
  throw Object.assign(new Error(message), {
    id: before?.id ?? inputs.app,
    properties: { ...inputs, activeColor: live ?? recorded ?? inputs.activeColor, record },
    reasons: [message],
  });
}

/** Words that a cutover before this one has recorded are not this one's. */
function withFreshOverrides(news: CutoverInputs, olds: CutoverState | undefined): CutoverInputs {
  const recorded = olds?.attempt === news.attempt && isDeepStrictEqual(olds.overrides, news.overrides);
  return recorded ? { ...news, overrides: [] } : news;
}

async function planOf(inputs: CutoverInputs, site: Site): Promise<Plan> {
  const { activeColor: wish, attempt, sealed, gates, force, adopts } = inputs;
  const release = inputs.versions[wish] ?? "";
  const evidence = inputs.evidence.flatMap((text) => parseEvidence(text) ?? []);
  return {
    wish,
    release,
    attempt,
    // An attempt that can't be judged is refused, and has its record.
    missing: await site.backends.subjects(wish).then(
      (subjects) => missingEvidence({ gates, attempt, color: wish, release, subjects }, evidence),
      (error) => [`what runs of ${wish} can't be told: ${reasonOf(error)}`],
    ),
    sealed,
    force,
    adopts,
    drains: inputs.drain !== null,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `undefined` when the router can't say. */
async function liveColor(inputs: CutoverInputs): Promise<Observation["color"] | undefined> {
  return (await look(inputs))?.color;
}

async function look(inputs: CutoverInputs): Promise<Observation | undefined> {
  try {
    const { router, targets } = (await openSite(inputs)).routing;
    return (await router.observe(targets)).observation;
  } catch {
    return undefined;
  }
}

function inputsOf(state: CutoverState | (Omit<CutoverState, "activeColor"> & { activeColor: unknown })) {
  const { record: _record, ...inputs } = state;
  return inputs;
}
