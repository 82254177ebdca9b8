import { type Color, colors } from "@bluegreen/core";
import type { Standing } from "../contracts/platform.ts";
import type { Versions } from "../contracts/release.ts";
import { namesakesAmong } from "../interlock/namesakes.ts";
import type { KubernetesClient } from "./client.ts";
import { labels, releaseLabel } from "./labels.ts";
import { referencesOf } from "./leftovers.ts";
import type { Deployment, Kind, Meta } from "./objects.ts";

/**
 * What has a name of the plugin's choice: a release's Deployments, with the ConfigMaps and Secrets that they read. What has a
 * name of its own is found by it, since the plugin creates by server-side apply.
 */
export async function standingOf(client: KubernetesClient, app: string, versions: Versions): Promise<Standing> {
  const [deployments, configMaps, secrets] = await Promise.all([
    client.list("Deployment", { [labels.app]: app, [labels.role]: "backend" }),
    client.listMetadata("ConfigMap", { [labels.app]: app, [labels.role]: "config" }),
    client.listMetadata("Secret", { [labels.app]: app, [labels.role]: "config" }),
  ]);
  const parts: Record<string, string> = {};
  const releases: Record<Color, string | null> = { blue: null, green: null };
  const idOf = ({ name }: Meta) => `${client.namespace}/${name}`;
  for (const color of colors) {
    const own = deployments.filter(({ metadata }) => metadata.labels?.[labels.color] === color);
    const version = versions[color];
    const wished = own.filter(({ metadata }) => isOf(metadata, version));
    // Of another version only its label is known.
    releases[color] = wished.length > 0 ? (version ?? null) : (own[0]?.metadata.labels?.[labels.release] ?? null);
    for (const deployment of wished) {
      const service = deployment.metadata.labels?.[labels.service] ?? "";
      const part = `${color}-${service}`;
      parts[part] = idOf(deployment.metadata);
      const config = readBy(deployment, "ConfigMap", configMaps);
      const secret = readBy(deployment, "Secret", secrets);
      if (config) parts[`${part}-config`] = idOf(config);
      if (secret) parts[`${part}-secret`] = idOf(secret);
    }
  }
  return { releases, parts };
}

function isOf({ labels: said }: Meta, version: string | undefined): boolean {
  return version !== undefined && said?.[labels.release] === releaseLabel(version);
}

function readBy({ spec }: Deployment, kind: string, objects: readonly { readonly metadata: Meta }[]) {
  const read = referencesOf(spec.template.spec);
  return objects.find(({ metadata }) => read.has(`${kind}/${metadata.name}`))?.metadata;
}

/** Kinds of what an app has under names of its own, which `Pulumi` writes by server-side apply. */
const owned: readonly Kind[] = ["Service", "Ingress", "ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget"];

/**
 * A state's Pulumi owns fields of objects, by a field manager that only that state knows. Who takes the app over would be in
 * conflict with it, and could not take away what both own.
 */
export async function releaseFields(client: KubernetesClient, app: string): Promise<void> {
  for (const kind of owned) {
    for (const { metadata } of await client.listMetadata(kind, { [labels.app]: app })) {
      const { name, resourceVersion, managedFields = [] } = metadata;
      const kept = managedFields.filter(({ manager }) => !manager?.startsWith("pulumi-kubernetes"));
      if (kept.length === managedFields.length) continue;
      // An empty list would be no change.
      const fields = kept.length > 0 ? kept : [{}];
      await client.patch(kind, name, { metadata: { resourceVersion, managedFields: fields } }, "bluegreen");
    }
  }
}

export async function namesakesOf(client: KubernetesClient, name: string): Promise<string[]> {
  const deployments = await client.listMetadata("Deployment", { [labels.role]: "backend" });
  return namesakesAmong(
    name,
    deployments.map(({ metadata }) => metadata.labels?.[labels.app]),
  );
}
