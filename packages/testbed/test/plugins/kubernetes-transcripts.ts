import { join } from "node:path";
import { type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";
import { type RecordedRun, Replay, type ReplayOptions, readTranscript } from "./replay.ts";

export const TRANSCRIPTS = ["k8s-lifecycle", "k8s-selector", "k8s-replicas", "k8s-faults"];

/**
 * A namespace of our own instead of the recorded one, this plugin's version, and an app that crashes late enough to be
 * seen ready first on a busy machine, too.
 */
export function readKubernetesTranscript(name: string, namespace: string): RecordedRun[] {
  const names = { '"rec"': `"${namespace}"`, '"rec/': `"${namespace}/` };
  return readTranscript(name, { ...names, '"4.29.0"': '"4.34.2"', '"1s"': '"6s"' });
}

/** What differs from run to run: random parts of names, hashes of pods, and unique IDs where they serve as labels. */
const localize = (text: string) =>
  text
    .replace(/\bweb-[0-9a-f]{8,10}\b/g, "web-<hash>")
    .replace(/pulumi-kubernetes-[0-9a-f]{8}/g, "pulumi-kubernetes-<hex>")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>");

export function startKubernetes(
  kubeconfig = join(import.meta.dirname, "no-such-kubeconfig"),
): Promise<PluginUnderTest> {
  return startPlugin("kubernetes", { env: { ...process.env, KUBECONFIG: kubeconfig } });
}

export const replayOf = (plugin: PluginUnderTest, options: ReplayOptions = {}) =>
  new Replay(plugin, { localize, ...options });
