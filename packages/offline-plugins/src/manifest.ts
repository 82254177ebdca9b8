/** One stand-in for an official binary: what the engine calls it, and the script that plays it. */
export interface PluginEntry {
  kind: "language" | "resource";
  name: string;
  version: string;
  /** Path of the script, relative to this file's folder. */
  entry: string;
}

/**
 * Every stand-in there is; the Kubernetes plugin is the official one, see `bootstrap/kubernetes-plugin.mjs`. Free of
 * imports, so that the bootstrap can load it by itself.
 * Each runs as `exec "<node 24>" "<entry>" "$@"`.
 */
export const plugins: readonly PluginEntry[] = [
  { kind: "language", name: "nodejs", version: "3.276.0", entry: "language-host.ts" },
  { kind: "resource", name: "docker", version: "5.2.0", entry: "docker/main.ts" },
  { kind: "resource", name: "command", version: "1.2.1", entry: "command/main.ts" },
];
