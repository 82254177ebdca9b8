import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  type Color,
  colors,
  type Decision,
  decide,
  describeFaults,
  type Fault,
  hasAddress,
  judge,
  type Memory,
  perColor,
  type Recorded,
  type Sight,
  versionsOf,
  type Wish,
} from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import { reachesOf } from "../checks/parts/reach.ts";
import { hasChanged } from "../dynamic/changed.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { platformOf } from "../platforms.ts";
import { crowded } from "./capacity.ts";
import { type Definition, describeDifference, differences, driftBetween } from "./differences.ts";
import { frozenBy } from "./frozen.ts";
import { failedIn, journalOf } from "./journal.ts";
import { movedFaults } from "./place.ts";
import { portFaults } from "./ports.ts";
import { madeAgain, type Recorded as RecordedParts, remadeAfter } from "./remade.ts";
import { answered, bookkeeping, type InterlockInputs, type InterlockState } from "./state.ts";
import { namesakesTold, otherAppFaults, standing, takenOverAfter, wordOf } from "./taken-over.ts";

export async function check(olds: Partial<InterlockState>, given: InterlockInputs) {
  const { rollbackGates, rollbackSecrets, ...wished } = given;
  const news = isUnknown(wished.activeColor) ? { ...wished, activeColor: anyColorOf(wished) } : wished;
  const before = olds.app === undefined ? null : (olds as InterlockState);
  const app = before?.app ?? news.takeOver ?? `${news.name}-${randomBytes(3).toString("hex")}`;
  const [sight, journal] = await Promise.all([look(app, before, news), journalOf(before, news.platform)]);
  const failedAttempt = journal ? failedIn(journal) : (before?.failedAttempt ?? null);
  const found = await standing(app, before, news, journal);
  if (!before) await namesakesTold(news);
  const wish = { ...wishOf(news), takesOver: found?.releases };
  const decision = decide(before && memoryOf(before), wish, sight, sameDefinition);
  const { memory, pending } = decision;
  const sealed = perColor((color) => memory.releases[color]?.sealed ?? false);
  const takenOver = await takenOverAfter(app, before, news, found, sealed);
  const begins = memory.attempt !== before?.attempt;
  const moved = before?.deployed ? movedFaults(before.platform, news.platform) : [];
  const unclear = before && news !== wished ? [unknownWish()] : [];
  const held = await portFaults({ name: news.name, app, platform: news.platform, ports: news.ports ?? [] });
  const strange = otherAppFaults(before, news);
  const legal = { ...decision, faults: [...strange, ...unclear, ...moved, ...held, ...decision.faults] };
  const { faults, overrides: words } = await withCapacity(app, before, news, sight, legal);
  const overrides = before || !found ? words : [...words, wordOf(app)];
  const { remade, images } = await remadeAfter(recordedOf(app, before, memory, sight, news));
  const drift = driftOf(memory);
  const { given: asked, standard } = news.routerImage ?? { given: null, standard: undefined };
  const routerRuns = asked ?? before?.routerRuns ?? standard;
  const inputs: InterlockState = {
    ...wished,
    ...releaseInputs(memory),
    ...(news.livePorts ? { livePorts: { ...news.livePorts, ...before?.livePorts } } : {}),
    replicas: { ...before?.replicas, ...news.replicas },
    ...frozenGates(
      begins ? null : before,
      memory.rollback ? [rollbackGates, rollbackSecrets] : [news.gates, news.gateSecrets],
    ),
    app,
    attempt: memory.attempt,
    candidate: news === wished ? memory.candidate : wished.activeColor,
    wished: news === wished ? news.activeColor : null,
    rollback: memory.rollback ?? false,
    wanted: reachedTheSwitch(memory.attempt, sight) || isStillWished(memory, news),
    live: memory.live,
    sealed,
    frozen: frozenBy(decision.frozen, news.activeColor, madeAgain(before?.remade, remade)),
    bystander: news === wished && !found ? decision.bystander : null,
    deployed: (before?.deployed ?? false) || hasCarried(sight),
    ...(routerRuns === undefined ? {} : { routerRuns }),
    pending: [
      ...pending.map((color) => describePending(color, memory.releases[color], news)),
      ...(asked === null && routerRuns !== standard
        ? [
            `the router keeps its image ${routerRuns}; this library's own is ${standard} by now, and comes when router.image names it`,
          ]
        : []),
    ],
    blind: sight.kind === "unreachable" ? sight.reason : "",
    ...(remade ? { remade } : {}),
    ...(images ? { images } : {}),
    takenOver,
    ...(drift.length > 0 ? { drift } : {}),
    ...(overrides.length > 0 ? { overrides } : !begins && before?.overrides ? { overrides: before.overrides } : {}),
    ...(failedAttempt ? { failedAttempt } : {}),
  };
  if (inputs.blind !== "") console.error(`${news.name}: both colors count as live, because ${inputs.blind}`);
  for (const line of sight.kind === "seen" ? (sight.strange ?? []) : []) {
    console.error(`${news.name}: ${memory.live} is not what was verified: ${line}; pin images by their digests`);
  }
  if (sight.kind === "seen" && sight.atRest) console.error(`${news.name}: nobody is served: ${sight.atRest}`);
  const failures = faults.length > 0 ? [{ property: "", reason: describeFaults(news.name, faults) }] : [];
  return { inputs, failures };
}

/** The first preview of an app whose color is known later shows all that does not depend on which it is. */
function anyColorOf({ versions }: InterlockInputs): Color {
  return colors.find((color) => versions[color] !== undefined) ?? "blue";
}

function unknownWish(): Fault {
  return {
    code: "wish-unknown",
    problem: "activeColor is known only once other resources are made, so a preview can't tell what would be switched",
    at: "activeColor",
    fix: "take it from stack config, or first make those: `pulumi up --target` of them",
  };
}

/** Those of the present attempt, if it goes on. */
function frozenGates(before: InterlockState | null, [gates, gateSecrets]: readonly unknown[]) {
  return before ? { gates: before.gates, gateSecrets: before.gateSecrets } : { gates, gateSecrets };
}

/** A wish that is legal otherwise is also asked for its room. */
async function withCapacity(
  app: string,
  before: InterlockState | null,
  news: InterlockInputs,
  sight: Sight,
  { memory, faults, overrides }: Decision<Definition>,
): Promise<{ faults: readonly Fault[]; overrides: readonly string[] }> {
  if (faults.length > 0 || sight.kind === "unreachable" || isUnknown(news.platform)) return { faults, overrides };
  const breaches = await crowded({
    name: news.name,
    app,
    platform: news.platform,
    before: before && { memory: memoryOf(before), replicas: before.replicas },
    after: { memory, replicas: { ...before?.replicas, ...news.replicas } },
    sizes: news.sizes ?? {},
    candidate: memory.live === news.activeColor ? null : news.activeColor,
    allowOvercommit: news.allowOvercommit ?? false,
    exclusive: news.router.exclusive,
  });
  const judged = judge(breaches);
  return { faults: judged.faults, overrides: [...overrides, ...judged.overrides] };
}

function recordedOf(
  app: string,
  before: InterlockState | null,
  memory: Memory<Definition>,
  sight: Sight,
  { name, platform, router }: InterlockInputs,
): RecordedParts {
  const versions = { before: before?.versions ?? {}, now: versionsOf(memory) };
  const shape = perColor((color) => memory.releases[color]?.definition.shape ?? null);
  const { live = null, replicas = {}, remade, images } = before ?? {};
  return {
    name,
    app,
    platform,
    sight,
    live,
    versions,
    shape,
    replicas,
    remade,
    images,
    begun: before !== null,
    routed: hasAddress(router),
  };
}

function describePending(color: Color, recorded: Recorded<Definition> | undefined, news: InterlockInputs): string {
  const edits = recorded ? differences(recorded.definition, definitionOf(news, color)) : [];
  const settings = [...new Set(edits.map(({ setting }) => setting))];
  return `${color} keeps its release ${recorded?.version}; ${settings.join(", ")} will come with its next version`;
}

function driftOf({ releases: { blue, green } }: Memory<Definition>): string[] {
  return blue && green ? driftBetween(blue, green).map((one) => describeDifference(one, "blue", "green")) : [];
}

export function diff(olds: InterlockState, news: InterlockState) {
  // Where nothing else changes, the program is given what was said last: it must be right in this run, too. That both
  // colors come before the cutover is never wrong.
  const placed = [null, undefined, news.bystander].includes(olds.bystander);
  const imported =
    Object.keys(news.takenOver?.parts ?? {}).length === 0 && Boolean(news.takenOver) === Boolean(olds.takenOver);
  const whole = answered.every((key) => olds[key] !== undefined);
  const right = whole && isDeepStrictEqual(news.frozen.now, olds.frozen?.later) && placed && imported;
  return !right || hasChanged(olds, news, bookkeeping) ? {} : { changes: false };
}

export async function create(inputs: InterlockState) {
  refuseBlind(inputs);
  await makeRoom(inputs);
  if (inputs.takenOver) await (await platformOf(inputs.platform)).takeOver.claims?.release(inputs.app);
  return { id: inputs.app, outs: inputs };
}

export async function update(inputs: InterlockState) {
  refuseBlind(inputs);
  await makeRoom(inputs);
  return { outs: inputs };
}

/** What a refresh learns: how the last attempt ended. */
export async function read(id: string, state: InterlockState) {
  const journal = await journalOf(state, state.platform);
  const failedAttempt = journal ? failedIn(journal) : state.failedAttempt;
  const props = failedAttempt ? { ...state, failedAttempt } : state;
  return { id, props, inputs: props };
}

async function makeRoom({ deployed, platform, app }: InterlockState): Promise<void> {
  if (!deployed) await (await platformOf(platform)).parts?.makeRoom(app);
}

function refuseBlind(inputs: InterlockState): void {
  if (inputs.blind === "") return;
  const problem = `which color is live can't be known, so nothing was changed: ${inputs.blind}`;
  const fix = "bring the router or the connection to its platform back and run `pulumi up` again";
  throw new Error(describeFaults(inputs.name, [{ code: "router-unreachable", problem, at: "the router", fix }]));
}

/**
 * Asks the router which color is live; recorded state holds wishes and never answers that. A new app asks, too, where
 * its router has a name of the user's choice, which may be taken.
 */
async function look(app: string, before: InterlockState | null, news: InterlockInputs): Promise<Sight> {
  const { platform } = news;
  const fronts = frontsOf(news);
  const takes = !before && news.takeOver !== undefined;
  if (!before && !takes && fronts.every(({ router }) => router.name === "")) return { kind: "absent" };
  if (isUnknown(platform)) {
    if (!before) return { kind: "absent" };
    return { kind: "unreachable", reason: "how to reach the platform is not known before other resources are made" };
  }
  const { view } = await platformOf(platform);
  const { versions = {}, deployed = takes } = before ?? {};
  const reach = perColor((color) => reachesOf(before?.shape[color] ?? null));
  return view.look({ app, fronts, versions, reach, deployed });
}

function hasCarried(sight: Sight): boolean {
  if (sight.kind !== "seen") return false;
  const { color, record } = sight.observation;
  // A record of no attempt is of migrations, which ran before there was any traffic.
  return color !== null || (record?.attempt ?? 0) > 0;
}

/** The wish may be fulfilled by someone else meanwhile, or taken back: then there is nothing left to check. */
function isStillWished({ candidate, live }: Memory<Definition>, { activeColor }: InterlockInputs): boolean {
  return candidate === activeColor && live !== activeColor;
}

/** All gates of an attempt have passed if it has written to the router. */
function reachedTheSwitch(attempt: number, sight: Sight): boolean {
  return sight.kind === "seen" && (sight.observation.record?.attempt ?? 0) >= attempt;
}

function wishOf(news: InterlockInputs): Wish<Definition> {
  const releases = Object.fromEntries(
    colors.flatMap((color) => {
      const version = news.versions[color];
      return version === undefined ? [] : [[color, { version, definition: definitionOf(news, color) }]];
    }),
  );
  const { activeColor, allowLiveChange, force, retry, irreversible = {}, returnPast = null, router } = news;
  const words = { allowLiveChange, force, adopts: router.adopt, retry, returnPast };
  return { activeColor, releases, irreversible, ...words };
}

function memoryOf(olds: InterlockState): Memory<Definition> {
  const releases = Object.fromEntries(
    colors.flatMap((color) => {
      const version = olds.versions[color];
      const sealed = olds.sealed[color];
      return version === undefined ? [] : [[color, { version, definition: definitionOf(olds, color), sealed }]];
    }),
  );
  const { attempt, candidate, rollback, live } = olds;
  return { attempt, candidate, rollback, live, releases };
}

function definitionOf(inputs: InterlockInputs, color: Color): Definition {
  return { shape: inputs.shape[color], leaf: inputs[color], secrets: inputs[`${color}Secrets`] };
}

function releaseInputs(memory: Memory<Definition>) {
  const { releases } = memory;
  return {
    versions: versionsOf(memory),
    shape: perColor((color) => releases[color]?.definition.shape ?? null),
    blue: releases.blue?.definition.leaf ?? null,
    green: releases.green?.definition.leaf ?? null,
    blueSecrets: releases.blue?.definition.secrets ?? null,
    greenSecrets: releases.green?.definition.secrets ?? null,
  };
}

function sameDefinition(a: Definition, b: Definition): boolean | null {
  if (isDeepStrictEqual(a, b)) return true;
  return isUnknown(b) ? null : false;
}
