import { type Color, isReached, otherColor, type PerColor, type RetireSettings, retiresAt } from "@bluegreen/core";
import type { Scaling, Site, SiteParts } from "../contracts/site.ts";
import { hasChanged } from "../dynamic/changed.ts";
import { engine } from "../dynamic/engine-watch.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";
import { resize } from "../replicas/provider.ts";

export interface RetireInputs extends SiteParts {
  readonly name: string;
  /** The color that answers, by the cutover's word. */
  readonly active: Color;
  readonly attempt: number;
  /** ISO 8601, UTC: when the last cutover began. */
  readonly since: string;
  /** Which colors have been live with their present release. Another idle color is there to be looked at. */
  readonly sealed: PerColor<boolean>;
  readonly policy: RetireSettings;
  /** The color that was declared after the cutover; `null` when both came before it. */
  readonly bystander: Color | null;
  /** What the program says, a service. */
  readonly replicas: Readonly<Record<string, number>>;
}

export interface RetireState extends RetireInputs {
  /** The version that is scaled to zero, if any. */
  readonly retired: string | null;
}

/** What follows every cutover, and is no change worth showing by itself. */
const bookkeeping: readonly string[] = ["name", "platform", "router", "sealed", "bystander"];

/** Time passes without an edit of the program, so the clock is asked, too, and what killed runs left. */
export async function diff(olds: RetireState, news: RetireInputs) {
  if (hasChanged(olds, news, bookkeeping)) return {};
  if (isDue(news) && olds.retired === null) return { changes: true };
  return { changes: Boolean(news.bystander) && (await (await openSite(news)).tidying.hasLeftovers()) };
}

export async function create(inputs: RetireInputs) {
  return { id: inputs.app, outs: await run(inputs) };
}

export async function update(news: RetireInputs) {
  return { outs: await run(news) };
}

function isDue({ active, sealed, policy, since, versions }: RetireInputs): boolean {
  const idle = otherColor(active);
  const at = retiresAt(policy, since);
  return versions[idle] !== undefined && sealed[idle] && at !== null && Date.now() >= at;
}

async function openSite(inputs: RetireInputs): Promise<Site> {
  return (await platformOf(inputs.platform)).openSite(inputs);
}

/** A color that could not be retired now is one for the next run, and no reason to fail this one. */
async function run(inputs: RetireInputs): Promise<RetireState> {
  const site = await openSite(inputs);
  if (inputs.bystander) await settle(site, inputs.bystander, inputs.replicas);
  if (!isDue(inputs)) return { ...inputs, retired: null };
  const idle = otherColor(inputs.active);
  const reason = await retire(site, idle, inputs).catch(reasonOf);
  if (reason === null) return { ...inputs, retired: inputs.versions[idle] ?? null };
  console.error(`${inputs.name}: ${idle} was not retired, the next run tries again: ${reason}`);
  return { ...inputs, retired: null };
}

/** What cutover and replicas do for colors that come before them. */
async function settle(site: Site, color: Color, declared: RetireInputs["replicas"]): Promise<void> {
  const { routing, scaling, tidying } = site;
  const { router, targets } = routing;
  await tidying.sweep((await router.observe(targets)).backends);
  if (!scaling) return;
  const now = await scaling.read(color);
  await resize(scaling, color, { now, declared, before: null, candidate: false, other: {} });
}

/** Scales the idle color to zero while no cutover can make it live. Returns why it did not. */
async function retire(site: Site, idle: Color, { active, attempt }: RetireInputs): Promise<string | null> {
  const { routing, scaling } = site;
  const { router, targets } = routing;
  if (!scaling) throw new TypeError("this platform does not retire colors");
  const { observation: seen } = await router.observe(targets);
  const lease = await routing.takeLease({ attempt, wish: active, seen });
  if ("heldBy" in lease) return `a cutover is running: ${lease.heldBy}`;
  if (lease.unfinished) {
    lease.abandon();
    return `a cutover was killed (${lease.unfinished.owner})`;
  }
  try {
    const { observation } = await router.observe(targets);
    if (isReached(observation, idle)) return `one of the app's routers still sends traffic to ${idle}`;
    if (observation.color !== active) return `traffic is at ${observation.color ?? "no color"}, not at ${active}`;
    return await scaleToZero(scaling, idle, async () => {
      if (await engine.isGone()) return "the engine is gone";
      return lease.lost();
    });
  } finally {
    await lease.release();
  }
}

async function scaleToZero(scaling: Scaling, idle: Color, fenced: () => Promise<string | null>) {
  for (const [service, { now }] of Object.entries(await scaling.read(idle))) {
    const reason = await fenced();
    if (reason !== null) return reason;
    if (now > 0) await scaling.set(idle, service, 0);
  }
  return null;
}
