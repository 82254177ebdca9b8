// What every child of the bootstrap gets. Nothing of the user's own Pulumi setup reaches it.

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export const caddyImage = "localhost/bluegreen/caddy:2.11.9";
export const appImage = "localhost/bluegreen/shop";

/**
 * @param options.base the user's environment; its PULUMI_* (tokens, backends, passphrases) are left behind
 * @param options.root the checkout
 * @param options.node Node 24
 * @param options.dockerHost e.g. "unix:///var/run/docker.sock"; absent before Docker is there
 * @param options.kubeconfig of the cluster that demo and tests may use; never the user's own
 * @param options.engineInfo one line: which engine and plugins are used
 * @param options.attach the program of all stand-ins, to which the tests' engines attach
 * @param options.standIns no plugin may be downloaded behind the stand-ins' back
 */
export function childEnvironment({ base, root, node, dockerHost, kubeconfig, engineInfo, standIns, attach }) {
  const work = join(root, ".bluegreen");
  const env = {};
  for (const [name, value] of Object.entries(base)) if (!name.startsWith("PULUMI_")) env[name] = value;
  const first = [join(work, "bin"), dirname(node)];
  const rest = (base.PATH ?? "").split(delimiter).filter((folder) => folder && !first.includes(folder));
  return {
    ...env,
    PATH: [...first, ...rest].join(delimiter),
    PULUMI_HOME: join(work, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(work, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(work, "passphrase"),
    // Each run of the CLI starts five Node processes; this saves them parsing the same modules again.
    NODE_COMPILE_CACHE: join(work, "compile-cache"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    ...(standIns ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
    ...(attach ? { BLUEGREEN_ATTACH_PLUGINS: attach } : {}),
    ...(dockerHost ? { DOCKER_HOST: dockerHost } : {}),
    ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}),
    ...(engineInfo ? { BLUEGREEN_ENGINE_INFO: engineInfo } : {}),
    BLUEGREEN_CADDY_IMAGE: caddyImage,
    BLUEGREEN_APP_IMAGE: appImage,
  };
}

/** A random passphrase that only this user can read; one that exists is never overwritten (state depends on it). */
export function ensurePassphrase(file) {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, `${randomBytes(24).toString("base64url")}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return file;
}
