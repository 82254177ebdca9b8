import {
  type Color,
  colors,
  describeFaults,
  milliseconds,
  otherColor,
  type Replicas,
  wishedReplicas,
} from "@bluegreen/core";
import type { Scaling, Site, SiteParts } from "../contracts/site.ts";
import { keepRefusal } from "../cutover/kept-refusal.ts";
import { asLater, hasChanged } from "../dynamic/changed.ts";
import { engine } from "../dynamic/engine-watch.ts";
import { leaveBeforeCutover } from "../gates/failed-candidate.ts";
import { platformOf } from "../platforms.ts";

export interface ReplicasInputs extends SiteParts {
  readonly name: string;
  /** The color that is to be live. */
  readonly wish: Color;
  /** A new one makes the wish's color the candidate. */
  readonly attempt: number;
  /** What the program says, a service. */
  readonly replicas: Readonly<Record<string, number>>;
  /** How long a candidate that is scaled up has to become available. */
  readonly startWithin: string;
  /** What becomes of one that does not; left out, it is kept. */
  readonly failedCandidate?: "stop";
}

/** Another name of the component is no change. */
export function diff(olds: ReplicasInputs, news: ReplicasInputs) {
  return hasChanged(asLater(olds, news), news, ["name"]) ? {} : { changes: false };
}

export async function create(inputs: ReplicasInputs) {
  await scale(inputs, true, null);
  return { id: inputs.app, outs: inputs };
}

export async function update(olds: ReplicasInputs, news: ReplicasInputs) {
  await scale(news, olds.attempt !== news.attempt, olds.replicas);
  return { outs: news };
}

/** Brings both colors to their size; a color that is about to become live also waits until all of it is there. */
async function scale(
  inputs: ReplicasInputs,
  begins: boolean,
  before: ReplicasInputs["replicas"] | null,
): Promise<void> {
  const site = await (await platformOf(inputs.platform)).openSite(inputs);
  const { scaling } = site;
  if (!scaling) throw new TypeError("this platform declares its replicas one by one");
  const now = { blue: await scaling.read("blue"), green: await scaling.read("green") };
  const declared = inputs.replicas;
  for (const color of colors) {
    const candidate = begins && color === inputs.wish;
    await resize(scaling, color, { now: now[color], declared, before, candidate, other: now[otherColor(color)] });
  }
  if (begins) await waitFor(inputs, site, scaling);
}

type Sizes = Readonly<Record<string, Replicas>>;

/** Brings a color's services to the size that is wished of them. */
export async function resize(
  scaling: Scaling,
  color: Color,
  of: {
    readonly now: Sizes;
    readonly declared: Readonly<Record<string, number>>;
    /** What the program said before; `null` where nobody remembers. */
    readonly before: Readonly<Record<string, number>> | null;
    readonly candidate: boolean;
    readonly other: Sizes;
  },
): Promise<void> {
  for (const [service, own] of Object.entries(of.now)) {
    const { candidate, before } = of;
    const other = of.other[service]?.now ?? 0;
    const declared = of.declared[service] ?? 1;
    const edited = before === null || before[service] !== declared;
    const wished = wishedReplicas({ own, declared, edited, candidate, other });
    if (wished !== own.now) await scaling.set(color, service, wished);
  }
}

async function waitFor(inputs: ReplicasInputs, site: Site, scaling: Scaling): Promise<void> {
  const { name, wish, attempt, startWithin } = inputs;
  const startedMs = Date.now();
  const settled = scaling
    .settle(wish, milliseconds(startWithin))
    .then((reason) => ({ code: "not-ready", reason }) as const);
  const cancelled = engine.cancelled.then((reason) => ({ code: "cancelled", reason }) as const);
  const { code, reason } = await Promise.race([settled, cancelled]);
  if (reason === null) return;
  const failed = { color: wish, release: inputs.versions[wish] ?? "", attempt };
  const gone = async () => ((await engine.isGone()) ? "the engine is gone" : null);
  const problem = `${wish} was scaled up to become live, and is not there after ${startWithin}: ${reason}`;
  if ((await gone()) === null) await keepRefusal(site, failed, { code, reason: problem, startedMs });
  const left = await leaveBeforeCutover(site, failed, inputs.failedCandidate ?? "keep", gone);
  const fix = `traffic was not touched; fix the release and run \`pulumi up\` again, or set activeColor back; ${left}`;
  throw new Error(describeFaults(name, [{ code, problem, at: "replicas", fix }]));
}
