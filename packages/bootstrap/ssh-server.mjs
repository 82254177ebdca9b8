// An sshd for the test's machine on another network. Debian's package would open the real machine's port 22, so it is
// only unpacked.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "./dependencies.mjs";
import { isDebian } from "./docker-install.mjs";
import { findOnPath } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

const packages = ["openssh-server", "libwrap0"];

/** @returns the variable by which `testkit/src/docker/remote/machine.ts` finds sshd; none where nobody may make namespaces */
export async function useSshServer({ cache, progress, env = process.env, uid = process.getuid?.() }) {
  if (process.platform !== "linux" || uid !== 0) return {};
  const installed = findOnPath("sshd", { PATH: `${env.PATH}:/usr/sbin:/usr/local/sbin` });
  if (installed) return { BLUEGREEN_SSHD: installed };
  if (!isDebian()) return {};
  const folder = join(cache, "ssh-server");
  await withLock(`${folder}.lock`, async () => {
    if (!existsSync(folder)) await progress.phase("Debian packages: unpacking openssh-server", () => unpack(folder));
  });
  return { BLUEGREEN_SSHD: join(folder, "usr/sbin/sshd") };
}

async function unpack(folder) {
  const made = `${folder}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  const must = async (command, args) => {
    const result = await run(command, args, { cwd: made, timeoutMs: 5 * 60_000 });
    if (result.exit === 0) return;
    const fix = "are the Debian mirrors reachable?";
    throw new Problem(`"${command} ${args.join(" ")}" ended with ${result.exit}`, {
      fix,
      detail: lastLines(result.stderr),
    });
  };
  const download = ["-q", "download", ...packages];
  const first = await run("apt-get", download, { cwd: made, timeoutMs: 5 * 60_000 });
  if (first.exit !== 0) {
    await must("apt-get", ["update", "-q"]);
    await must("apt-get", download);
  }
  for (const name of readdirSync(made)) {
    await must("dpkg", ["-x", name, "."]);
    rmSync(join(made, name));
  }
  renameSync(made, folder);
}
