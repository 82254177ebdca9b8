import { type Properties, reveal, sameValue, UNKNOWN, type Value } from "../property-values.ts";
import type { Checked, CheckFailure, ConfigDifference } from "../provider-server.ts";
import { activeCluster } from "./kubeconfig.ts";

/** The provider's options, as far as the stand-in knows them. */
export interface Settings {
  /** Contents, or the path of a file. Absent = KUBECONFIG, then ~/.kube/config. */
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  namespace?: string;
  enablePatchForce: boolean;
  enableConfigMapMutable: boolean;
  enableSecretMutable: boolean;
  deleteUnreachable: boolean;
}

const TEXTS = ["kubeconfig", "context", "cluster", "namespace"] as const;

/** Switches, and the variables that stand in for them where the option isn't given. */
const SWITCHES = {
  enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
  enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
  enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
  deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
} as const;

/** Known, and without a meaning here: there is no rate limit, no Helm and no deprecation warning to tune. */
const WITHOUT_EFFECT = [
  ...["version", "pluginDownloadURL", "clusterIdentifier"],
  ...["kubeClientSettings", "suppressDeprecationWarnings", "suppressHelmHookWarnings"],
];

/** Booleans arrive as such or as text, depending on the SDK. */
const isOn = (value: Value | undefined) => value === true || value === "true";
const isOff = (value: Value | undefined) => value === false || value === "false";

/** Refuses what the stand-in would have to ignore. */
export function checkSettings(news: Properties): Checked {
  const failures: CheckFailure[] = [];
  const plain = reveal(news) as Properties;
  const known = [...TEXTS, ...Object.keys(SWITCHES)];
  for (const [property, value] of Object.entries(plain)) {
    if (property === "enableServerSideApply") {
      if (isOff(value)) failures.push({ property, reason: "the kubernetes stand-in works by server-side apply only" });
    } else if (!known.includes(property) && !WITHOUT_EFFECT.includes(property)) {
      const reason = `the kubernetes stand-in has no provider option "${property}"; it has ${known.join(", ")}`;
      failures.push({ property, reason });
    }
  }
  if (process.env.PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY === "false" && plain.enableServerSideApply === undefined) {
    const property = "enableServerSideApply";
    failures.push({ property, reason: "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY=false: the stand-in cannot do without" });
  }
  return { inputs: news, failures };
}

export function readSettings(config: Properties): Settings {
  const plain = reveal(config) as Properties;
  const texts = TEXTS.filter((name) => typeof plain[name] === "string" && plain[name] !== "");
  const on = (name: keyof typeof SWITCHES) =>
    plain[name] === undefined ? process.env[SWITCHES[name]] === "true" : isOn(plain[name]);
  return {
    ...Object.fromEntries(texts.map((name) => [name, plain[name]])),
    enablePatchForce: on("enablePatchForce"),
    enableConfigMapMutable: on("enableConfigMapMutable"),
    enableSecretMutable: on("enableSecretMutable"),
    deleteUnreachable: on("deleteUnreachable"),
  };
}

/**
 * Everything in a cluster is replaced when the provider is, so that happens only when another cluster is meant: judged
 * by `clusterIdentifier` if both sides have one, else by the active cluster of the kubeconfigs. One that isn't known yet
 * counts as another.
 */
export async function diffSettings(olds: Properties, news: Properties): Promise<ConfigDifference> {
  const [before, after] = [reveal(olds) as Properties, reveal(news) as Properties];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const diffs = names.filter((name) => !sameValue(before[name], after[name])).sort();
  if (before.clusterIdentifier !== undefined && after.clusterIdentifier !== undefined) {
    return { diffs, replaces: diffs.filter((name) => name === "clusterIdentifier") };
  }
  const deciding = diffs.filter((name) => ["kubeconfig", "context", "cluster"].includes(name));
  if (deciding.length === 0) return { diffs, replaces: [] };
  const unknown = deciding.find((name) => after[name] === UNKNOWN);
  if (unknown) return { diffs: [unknown], replaces: [unknown] };
  const [old, now] = await Promise.all([activeCluster(readSettings(before)), activeCluster(readSettings(after))]);
  const isAnother = old !== undefined && now !== undefined && old !== now;
  return { diffs, replaces: isAnother ? deciding : [] };
}
