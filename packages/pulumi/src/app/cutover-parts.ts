import { type Color, hasAddress, idleIsStopped, type PerColor, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { Reaches } from "../contracts/release.ts";
import type { SiteParts, Workload } from "../contracts/site.ts";
import { Cutover } from "../cutover/resource.ts";
import { declareGates, secretValuesOf, splitChecks } from "../gates/declare.ts";
import type { Interlock } from "../interlock/resource.ts";
import { irreversibleOf } from "../migrations/declare.ts";
import { Replicas } from "../replicas/resource.ts";
import { Retire } from "../retire/resource.ts";
import { type Declaration, type DeclaredRouter, frontInputs } from "./declaration.ts";
import type { DeepInputs } from "./deep-input.ts";
import type { ExposedServices } from "./exposed.ts";
import { wishedColor } from "./wished-color.ts";

/** What all that moves an app's traffic is declared from. */
export interface RoadParts {
  readonly name: string;
  readonly settings: Settings;
  readonly exposed: ExposedServices;
  readonly declaration: Declaration;
  readonly interlock: Interlock;
  readonly router: DeclaredRouter;
  readonly reach: pulumi.Output<PerColor<Reaches>>;
  readonly parent: pulumi.Resource;
}

/** What runs of each color by the time that it is asked for; nothing of one that is declared `later`. */
export type Workloads = PerColor<pulumi.Input<Workload[]>>;

/** Everything between both environments and the switch, and that. `built`: what has to be there first. */
export function declareCutover(
  parts: RoadParts,
  workloads: Workloads,
  later: Color | null,
  built: readonly pulumi.Resource[],
) {
  const { name, settings, exposed, declaration, interlock, router, reach, parent } = parts;
  const { attempt, sealed } = interlock;
  const site = siteOf(parts, workloads, later);
  const scaled = declaration.facts.scales ? [declareReplicas(parts, site, built)] : [];
  const ready = [...built, ...scaled];
  const { platform } = site;
  const gates = declareGates({ name, interlock, platform, router, reach, exposed, after: ready, parent });
  const cutover = new Cutover(
    `${name}-cutover`,
    {
      ...site,
      progressUrn: pulumi.createUrn(`${name}-cutover`, "pulumi-nodejs:dynamic/bluegreen:Cutover", urnAlone(parent)),
      name,
      activeColor: wishedColor(name, settings),
      attempt,
      sealed,
      force: settings.force,
      ...irreversibleOf(settings),
      ...(router.objects ? { routerObjects: router.objects } : {}),
      adopts: declaration.facts.routerQueries.some(({ adopt }) => adopt),
      overrides: interlock.overrides,
      gates: gates.names,
      evidence: gates.evidence,
      ...verificationInputs(settings, interlock.rollback),
      rollback: interlock.rollback,
      secretValues: pulumi.secret(secretValuesOf(interlock)),
      drain: settings.drain,
      ...failedCandidateOf(settings),
    },
    { parent, dependsOn: gates.commands.apply((commands): pulumi.Resource[] => [...commands, ...ready]) },
  );
  return { cutover, gates: gates.commands };
}

/** What becomes of the color without users, once all of both is there. */
export function declareRetire(
  parts: RoadParts,
  workloads: Workloads,
  cutover: Cutover,
  dependsOn: pulumi.Resource[],
): Retire {
  const { name, settings, interlock, parent } = parts;
  const {
    routers: [router],
    retire: policy,
  } = settings;
  const { attempt, bystander, replicas } = interlock;
  const since = cutover.record.apply((record) => record?.at ?? "");
  // An idle worker that never was live would work, too.
  const sealed = idleIsStopped(router) ? pulumi.output({ blue: true, green: true }) : interlock.sealed;
  const site = siteOf(parts, workloads, null);
  const inputs = { ...site, name, active: cutover.activeColor, attempt, since, sealed, policy, bystander, replicas };
  return new Retire(`${name}-retire`, inputs, { parent, dependsOn });
}

export function siteOf(
  { exposed, declaration, interlock, router, reach }: RoadParts,
  workloads: Workloads,
  later: Color | null,
): DeepInputs<SiteParts> {
  const { app, versions } = interlock;
  return {
    app,
    platform: declaration.facts.address,
    ...frontInputs(exposed, router),
    versions,
    reach,
    workloads,
    ...(later ? { later } : {}),
  };
}

function declareReplicas(
  { name, settings, interlock, parent }: RoadParts,
  site: DeepInputs<SiteParts>,
  built: readonly pulumi.Resource[],
): Replicas {
  const { attempt, replicas } = interlock;
  const {
    platform,
    routers: [router],
  } = settings;
  const patience = hasAddress(router) ? "10m" : router.startWithin;
  const startWithin = platform.kind === "kubernetes" ? platform.startWithin : patience;
  const wished = { wish: wishedColor(name, settings), attempt, replicas, startWithin };
  const inputs = { ...site, name, ...wished, ...failedCandidateOf(settings) };
  return new Replicas(`${name}-replicas`, inputs, { parent, dependsOn: [...built] });
}

/** Left out where it changes nothing. */
function failedCandidateOf({ failedCandidate }: Settings) {
  return failedCandidate === "stop" ? { failedCandidate } : {};
}

/** What may be secret in checks apart; most apps have nothing of it. */
function verificationInputs(settings: Settings, rollback: pulumi.Output<boolean>) {
  const { checks, secrets } = splitChecks(settings.verification.checks);
  const none = Object.keys(secrets).length === 0;
  const usual = { ...settings.verification, checks };
  const back = { ...settings.rollback.verification, checks: splitChecks(settings.rollback.verification.checks).checks };
  const verification = rollback.apply((returns) => (returns ? back : usual));
  return { verification, ...(none ? {} : { checkSecrets: pulumi.secret(secrets) }) };
}

/**
 * A component's URN as a value that depends on no resource: an output that depends on a component waits for all of its
 * children, also for those that wait for the resource that takes it as an input.
 */
function urnAlone(component: pulumi.Resource): Promise<string> {
  return new Promise((resolve) => component.urn.apply(resolve));
}
