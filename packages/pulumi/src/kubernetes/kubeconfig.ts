import { existsSync } from "node:fs";
import { homedir } from "node:os";
import type { KubeConfig } from "@kubernetes/client-node";
import type { KubernetesAddress } from "../contracts/addresses.ts";
import { reasonOf } from "../io/reason.ts";
import { KubernetesError } from "./error.ts";

/**
 * The kubeconfig at an address, ready to log in with. The library is loaded only here and takes 0.2 s, so that nobody
 * on Docker pays for it. Messages never quote the kubeconfig.
 */
export async function loadKubeconfig(address: KubernetesAddress): Promise<KubeConfig> {
  const { KubeConfig } = await loadLibrary();
  const config = new KubeConfig();
  const where = address.kubeconfig === "" ? "the ambient kubeconfig" : "the given kubeconfig";
  try {
    const path = address.kubeconfig.replace(/^~(?=\/)/, homedir());
    if (address.kubeconfig === "") config.loadFromDefault();
    else if (existsSync(path)) config.loadFromFile(path);
    else config.loadFromString(address.kubeconfig);
  } catch (error) {
    // A YAML error quotes the text around it, and that may be a key.
    const code = (error as NodeJS.ErrnoException).code;
    throw new KubernetesError(`${where} can't be read${code ? ` (${code})` : "; it is no YAML of kind Config"}`, 0);
  }
  if (address.context !== "") config.setCurrentContext(address.context);
  const wanted = config.getCurrentContext();
  const contexts = config.getContexts().map(({ name }) => `"${name}"`);
  if (!config.getContextObject(wanted)) {
    const known = contexts.length > 0 ? contexts.join(", ") : "none";
    throw new KubernetesError(`${where} has no context "${wanted ?? ""}"; it has ${known}`, 0);
  }
  if (!URL.canParse(config.getCurrentCluster()?.server ?? "")) {
    throw new KubernetesError(`${where} has no server for context "${wanted}"`, 0);
  }
  return config;
}

async function loadLibrary() {
  try {
    return await import("@kubernetes/client-node");
  } catch (error) {
    const reason = `${reasonOf(error)}; it needs Node 22.19 or newer, this is ${process.versions.node}`;
    throw new KubernetesError(`the Kubernetes client can't be loaded: ${reason}`, 0);
  }
}
