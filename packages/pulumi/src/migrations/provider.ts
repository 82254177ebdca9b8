import {
  beginLog,
  type Color,
  describeFaults,
  type Fault,
  findRun,
  humanMilliseconds,
  type MigrationLog,
  type MigrationRun,
  type MigrationStepSettings,
  milliseconds,
  otherColor,
  type PerColor,
  type Phase,
  passNoReturn,
  type RouterRecord,
  shownAttempt,
  withRun,
} from "@bluegreen/core";
import type { Lease } from "../contracts/lease.ts";
import type { Router, Seen, Written } from "../contracts/router.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { leaseTtlMs, writerName } from "../cutover/lease.ts";
import { engine } from "../dynamic/engine-watch.ts";
import { reasonOf } from "../io/reason.ts";
import { redactionOf } from "../io/redact.ts";
import { type Ended, runShell, tailOf } from "../io/shell.ts";
import { platformOf } from "../platforms.ts";
import { fingerprint } from "../routers/interpret.ts";

type Unsecret<T> = T extends unknown ? Omit<T, "env"> : never;

export interface MigrationInputs extends SiteParts {
  readonly name: string;
  readonly phase: Phase;
  readonly color: Color;
  /** The version that it belongs to. */
  readonly release: string;
  readonly attempt: number;
  readonly step: Unsecret<MigrationStepSettings>;
  /** The step's variables; always marked secret. */
  readonly env: Readonly<Record<string, string>>;
  /** With its contract the release passes its point of no return. */
  readonly irreversible: boolean;
  /** Which colors have been live with their present release. */
  readonly sealed: PerColor<boolean>;
}

export interface MigrationState extends Omit<MigrationInputs, "env"> {
  /** The release for which there is nothing left to do. */
  readonly settled: string;
  /** What ran for it; `null` for a release that was live before it had migrations. */
  readonly run: MigrationRun | null;
}

/** Tries of one write of the log, which only somebody without the lease can have come in between of. */
const maxWrites = 4;

/** A phase runs once a release. An edit of it alone runs nothing. */
export function diff(olds: MigrationState, news: MigrationInputs) {
  return { changes: olds.settled !== news.release };
}

export async function create(inputs: MigrationInputs) {
  return { id: `${inputs.app}-${inputs.phase}-${inputs.color}`, outs: await settle(inputs) };
}

export async function update(news: MigrationInputs) {
  return { outs: await settle(news) };
}

async function settle(inputs: MigrationInputs): Promise<MigrationState> {
  const { env: _secret, ...recorded } = inputs;
  const outs = (run: MigrationRun | null) => ({ ...recorded, settled: inputs.release, run });
  const site = await (await platformOf(inputs.platform)).openSite(inputs);
  const { router, targets } = site.routing;
  await site.address?.container?.wake();
  const { observation } = await router.observe(targets);
  const known = findRun(observation.record?.migrations ?? null, inputs.release, inputs.phase);
  if (known?.done) return outs(known);
  // Its code has served without: what was added to the program since is for releases to come.
  if (inputs.phase === "expand" && inputs.sealed[inputs.color]) return outs(null);
  const redact = redactionOf(Object.values(inputs.env));
  const reason = await whileHolding(site, inputs, (lease) => migrate(site, inputs, lease)).catch((error) =>
    redact(reasonOf(error)),
  );
  if (typeof reason !== "string") return outs(reason);
  throw new Error(describeFaults(inputs.name, [faultOf(inputs, reason)]));
}

function faultOf({ phase, color, release }: MigrationInputs, reason: string): Fault {
  const fix = {
    expand: `${color} was not touched, and neither was traffic; fix the cause and run \`pulumi up\` again`,
    contract: `${color} is live and stays live; fix the cause and run \`pulumi up\` again, which runs the contract once more`,
  };
  const problem = `the ${phase} migration of ${color} ${release} did not get done: ${reason}`;
  return { code: "migration-failed", problem, at: `releases.${color}.migrations.${phase}`, fix: fix[phase] };
}

/** While a migration runs nobody switches: by the same lease that a cutover takes. */
async function whileHolding<T>(site: Site, inputs: MigrationInputs, work: (lease: Lease) => Promise<T>): Promise<T> {
  const { router, targets } = site.routing;
  const { observation: seen } = await router.observe(targets);
  // It moves nothing: to who finds this lease after a kill it says that traffic stayed where it was.
  const wish = seen.color === "blue" || seen.color === "green" ? seen.color : inputs.color;
  const lease = await site.routing.takeLease({ attempt: inputs.attempt, wish, seen });
  if ("heldBy" in lease) throw new Error(`a cutover is running: ${lease.heldBy}`);
  // What a killed cutover left is proven by its lease, which this one has taken the place of.
  const own = shownAttempt(seen, lease.unfinished);
  const proves = own !== null && own.from !== own.to;
  try {
    if (proves && inputs.phase === "contract") throw new Error("the release's cutover has not ended");
    return await work(lease);
  } finally {
    if (proves || (await fenced(lease)) !== null) lease.abandon();
    else await lease.release();
  }
}

async function fenced(lease: Lease): Promise<string | null> {
  return (await engine.isGone()) ? "the engine is gone" : lease.lost();
}

async function migrate(site: Site, inputs: MigrationInputs, lease: Lease): Promise<MigrationRun> {
  const { phase, release, irreversible, sealed, versions } = inputs;
  const started = Date.now();
  const begun = new Date(started).toISOString();
  const run: MigrationRun = { release, phase, begun, done: null, writer: writerName() };
  const other = otherColor(inputs.color);
  const beside = sealed[other] ? (versions[other] ?? null) : null;
  await keep(site, inputs, lease, (log) => {
    const passes = phase === "contract" && irreversible;
    return withRun(passes ? passNoReturn(log, release, begun, beside) : log, run);
  });
  const redact = redactionOf(Object.values(inputs.env));
  const ended = await watched(lease, (signal) => carryOut(site, inputs, signal));
  const done = { ...run, done: new Date().toISOString() };
  if (ended.passed) await keep(site, inputs, lease, (log) => withRun(log, done));
  await keepJournal(site, inputs, run, ended, Date.now() - started);
  if (ended.passed) return done;
  for (const line of tailOf(redact(ended.output), phase)) console.error(line);
  throw new Error(ended.detail);
}

/** Writes the log beside the router's record, and moves nothing. */
async function keep(
  site: Site,
  inputs: MigrationInputs,
  lease: Lease,
  change: (log: MigrationLog) => MigrationLog,
): Promise<void> {
  const { router, targets } = site.routing;
  for (let tries = 0; tries < maxWrites; tries++) {
    const reason = await fenced(lease);
    if (reason !== null) throw new Error(`the lease was lost: ${reason}`);
    const seen = await router.observe(targets);
    refuseContract(inputs, seen);
    // Over someone else's traffic, or a switch that is half done, no record is written; the resource's own state has to do.
    if (!isSettled(seen)) return;
    const record = seen.observation.record ?? firstRecord(inputs.app);
    const migrations = change(record.migrations ?? beginLog(record.release));
    const { result } = await note(router, { ...record, migrations }, seen);
    if (result === "written") return;
  }
  throw new Error("the router kept changing under it");
}

function note(router: Router, record: RouterRecord, seen: Seen): Promise<Written> {
  return router.note?.(record, seen) ?? router.write(seen.backends, record, seen);
}

function isSettled({ observation: { intact, reaches } }: Seen): boolean {
  return intact && reaches === undefined;
}

function refuseContract({ phase, color, release }: MigrationInputs, shown: Seen): void {
  if (phase !== "contract") return;
  const { observation: seen } = shown;
  if (isSettled(shown) && seen.color === color && seen.record?.release === release) return;
  throw new Error(`${color} ${release} is not live: traffic is at ${seen.color ?? "no color"}`);
}

/** Of a router that has never carried traffic. */
function firstRecord(app: string): RouterRecord {
  const at = new Date().toISOString();
  const backends = fingerprint([]);
  return { app, active: null, release: null, backends, attempt: 0, writer: writerName(), at, latches: [] };
}

/** Ends the work when the lease is lost or the engine is gone: then another run may begin it again. */
async function watched<T>(lease: Lease, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const look = async () => {
    const reason = await lease.lost().catch(() => null);
    if (reason !== null) stop.abort(reason);
  };
  const timer = setInterval(() => void look(), leaseTtlMs / 3);
  void engine.gone.then((reason) => stop.abort(reason));
  try {
    const result = await work(stop.signal);
    if (stop.signal.aborted) throw new Error(`the lease was lost: ${stop.signal.reason}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

async function carryOut(site: Site, inputs: MigrationInputs, signal: AbortSignal): Promise<Ended> {
  const { step, phase, color, release } = inputs;
  const told = { BLUEGREEN_MIGRATION: phase, BLUEGREEN_COLOR: color, BLUEGREEN_RELEASE: release };
  if (step.kind === "command") {
    const env = { ...process.env, ...inputs.env, ...told };
    return runShell({ run: step.run, env, timeout: step.timeout, signal });
  }
  if (!site.jobs) throw new Error("this platform runs no jobs");
  const started = Date.now();
  const { result, output } = await site.jobs.run({
    name: `${phase}-${fingerprint([release])}`,
    image: step.image,
    command: step.command,
    timeoutMs: milliseconds(step.timeout),
    env: told,
    secrets: inputs.env,
    signal,
  });
  const span = humanMilliseconds(Date.now() - started);
  const detail =
    result === "timeout" ? `the job did not end within ${step.timeout}` : `the job ${result} after ${span}`;
  return { passed: result === "passed", detail, output };
}

/** Losing it must not fail a migration. */
async function keepJournal(site: Site, inputs: MigrationInputs, run: MigrationRun, ended: Ended, totalMs: number) {
  const { color, attempt } = inputs;
  const { phase: migration, release, begun: at, writer } = run;
  const outcome = ended.passed ? "done" : "failed";
  const record = { migration, color, release, attempt, outcome, reason: ended.detail, at, totalMs, writer } as const;
  await site.routing.journal.keep(record).catch((error) => {
    console.error(`the journal of the ${migration} of ${release} could not be kept: ${reasonOf(error)}`);
  });
}
