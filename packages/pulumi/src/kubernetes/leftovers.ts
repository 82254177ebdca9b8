import { colors } from "@bluegreen/core";
import type { SiteParts } from "../contracts/site.ts";
import type { KubernetesClient } from "./client.ts";
import { labels, type Selector, selects } from "./labels.ts";
import type { Deployment, Kind, Meta, PodSpec } from "./objects.ts";
import { giveBack } from "./routers/adopted.ts";
import { recordOf } from "./routers/recorded-object.ts";

/** Something that carries the app's labels and that no run has recorded: a killed one left it. */
export interface Leftover {
  readonly kind: "Deployment" | "ConfigMap" | "Secret";
  readonly metadata: Meta;
  /** Labels of the pods of a Deployment. */
  readonly pods: Selector | undefined;
}

type Recorded = Pick<SiteParts, "workloads" | "later">;

export async function findLeftovers(
  client: KubernetesClient,
  { app, ...recorded }: Recorded & Pick<SiteParts, "app">,
): Promise<Leftover[]> {
  const config = { [labels.app]: app, [labels.role]: "config" };
  const [deployments, configMaps, secrets] = await Promise.all([
    client.list("Deployment", { [labels.app]: app, [labels.role]: "backend" }),
    client.listMetadata("ConfigMap", config),
    client.listMetadata("Secret", config),
  ]);
  return leftoversAmong(deployments, configMaps, secrets, recorded);
}

/** Configuration alone is none: during an update there is always some that Pulumi removes at its end. */
export async function hasLeftovers(client: KubernetesClient, parts: Parameters<typeof findLeftovers>[1]) {
  return (await findLeftovers(client, parts)).some(({ kind }) => kind === "Deployment");
}

/** Deployments that are in no record, and configuration that no recorded Deployment refers to. */
export function leftoversAmong(
  deployments: readonly Deployment[],
  configMaps: readonly { readonly metadata: Meta }[],
  secrets: readonly { readonly metadata: Meta }[],
  { workloads, later }: Recorded,
): Leftover[] {
  const ids = colors.flatMap((color) => workloads[color].map(({ id }) => id));
  const judged = ({ metadata }: { readonly metadata: Meta }) =>
    later === undefined || metadata.labels?.[labels.color] !== later;
  const [recorded, unknown] = [true, false].map((is) =>
    deployments.filter(judged).filter(({ metadata }) => ids.includes(metadata.uid) === is),
  ) as [Deployment[], Deployment[]];
  // What a Deployment reads that someone else deleted is needed when it is made anew.
  const complete = recorded.length === ids.length;
  const used = recorded.map(({ spec }) => referencesOf(spec.template.spec));
  const unused = (kind: "ConfigMap" | "Secret", objects: readonly { readonly metadata: Meta }[]): Leftover[] =>
    objects
      .filter(judged)
      .filter(({ metadata }) => !used.some((references) => references.has(`${kind}/${metadata.name}`)))
      .map(({ metadata }) => ({ kind, metadata, pods: undefined }));
  return [
    ...unknown.map(({ metadata, spec }) => ({
      kind: "Deployment" as const,
      metadata,
      pods: spec.template.metadata?.labels,
    })),
    ...(complete ? [...unused("ConfigMap", configMaps), ...unused("Secret", secrets)] : []),
  ];
}

/** ConfigMaps and Secrets that pods of this kind read: `ConfigMap/name`. */
export function referencesOf(spec: PodSpec): Set<string> {
  const found = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom }) => [
      ["ConfigMap", valueFrom?.configMapKeyRef?.name],
      ["Secret", valueFrom?.secretKeyRef?.name],
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }) => [
      ["ConfigMap", configMapRef?.name],
      ["Secret", secretRef?.name],
    ]),
  ]);
  for (const { configMap, secret, projected } of spec.volumes ?? []) {
    found.push(["ConfigMap", configMap?.name], ["Secret", secret?.secretName]);
    for (const source of projected?.sources ?? []) {
      found.push(["ConfigMap", source.configMap?.name], ["Secret", source.secret?.name]);
    }
  }
  for (const { name } of spec.imagePullSecrets ?? []) found.push(["Secret", name]);
  return new Set(found.filter(([, name]) => name !== undefined).map(([kind, name]) => `${kind}/${name}`));
}

/**
 * Removes leftovers. A Deployment whose pods live traffic goes to is kept, and all configuration with it, since that is
 * what its pods read. `live` are the selectors by which traffic goes now.
 */
export async function sweep(
  client: KubernetesClient,
  leftovers: readonly Leftover[],
  live: readonly Selector[],
): Promise<void> {
  const isLive = ({ pods }: Leftover) => live.some((selector) => selects(selector, pods));
  const keepsConfig = leftovers.some(isLive);
  const idle = leftovers.filter((one) => !isLive(one) && (one.kind === "Deployment" || !keepsConfig));
  for (const { kind, metadata } of idle) await client.remove(kind, metadata.name, metadata.uid);
}

const ownKinds: readonly Kind[] = [
  "HorizontalPodAutoscaler",
  "PodDisruptionBudget",
  "Service",
  "Deployment",
  "ConfigMap",
  "Secret",
  "Lease",
  "Job",
];

/**
 * Removes all that carries the app's label: what killed runs left, the lease and the journal. Not what users' requests
 * come through, which may have been there before the app.
 */
export async function removeEverything(client: KubernetesClient, app: string): Promise<void> {
  for (const { metadata } of await client.listMetadata("Service", {})) {
    // An adopted one stays with who made it, and may be adopted again; most were given back before the pods went.
    if (metadata.labels?.[labels.app] !== undefined || recordOf(metadata)?.app !== app) continue;
    await giveBack(client, app, metadata.name);
  }
  for (const kind of ownKinds) {
    for (const { metadata } of await client.listMetadata(kind, { [labels.app]: app })) {
      if (metadata.labels?.[labels.role] !== "router") await client.remove(kind, metadata.name, metadata.uid);
    }
  }
}
