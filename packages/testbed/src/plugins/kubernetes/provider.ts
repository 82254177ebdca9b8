import { engineLog } from "../engine-log.ts";
import { engineAddress } from "../plugin-process.ts";
import { containsUnknown, type Properties } from "../property-values.ts";
import type { Provider, ResourceType } from "../provider-server.ts";
import { objects } from "./resource.ts";
import { Session } from "./session.ts";
import { checkSettings, diffSettings, readSettings } from "./settings.ts";

export function kubernetesProvider(): Provider {
  let session = new Session(readSettings({}));
  let cancelling = new AbortController();
  const log = engineLog(engineAddress());
  const known = new Map<string, ResourceType>();
  return {
    name: "kubernetes",
    version: "4.34.2",
    features: { acceptSecrets: true, autonaming: true },
    handshake: false,
    diffConfig: diffSettings,
    checkConfig: checkSettings,
    configure: (config: Properties) => {
      // The engine doesn't ask a provider whose configuration isn't known; should it do so, there is no cluster.
      session = new Session(readSettings(containsUnknown(config) ? { kubeconfig: "/not-known-yet" } : config));
    },
    types: (type) => {
      const resource =
        known.get(type) ??
        objects(...kindOfType(type), {
          session: () => session,
          cancelled: () => cancelling.signal,
          log,
        });
      known.set(type, resource);
      return resource;
    },
    cancel: () => {
      cancelling.abort();
      cancelling = new AbortController();
    },
  };
}

/** Groups of the SDK that no API server has: they are done by the plugin itself. */
const NOT_OBJECTS = ["helm.sh", "yaml", "kustomize", "index"];

/** "kubernetes:core/v1:Pod" is kind Pod of "v1". @throws for what is no object of its own in a cluster */
function kindOfType(type: string): [apiVersion: string, kind: string] {
  const [, version = "", kind = ""] = type.split(":");
  const group = version.split("/")[0]!;
  if (NOT_OBJECTS.includes(group) || kind === "") throw new Error(`the kubernetes stand-in has no ${type}`);
  if (kind.endsWith("Patch")) {
    throw new Error(`the kubernetes stand-in has no Patch resources (asked for ${type}); declare the whole object`);
  }
  if (kind.endsWith("List")) {
    throw new Error("list resources cannot be created directly. Use the underlying resource type instead");
  }
  return [group === "core" ? version.slice("core/".length) : version, kind];
}
