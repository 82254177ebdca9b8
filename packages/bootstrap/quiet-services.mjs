// Nothing that Debian's packages bring is started, now or with the next boot: only their programs are wanted.
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { findOnPath } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { run } from "./processes.mjs";

const mark = "# Made by bluegreen's bootstrap while it installs packages.";
const policyFile = "/usr/sbin/policy-rc.d";
const everywhere = { PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin" };

/**
 * Debian's own way to keep packages from starting services, for as long as `work` takes; a policy that was there is put
 * back afterwards, also one that a killed run has put aside.
 */
export async function withoutServices(work, { file = policyFile } = {}) {
  const aside = `${file}.bluegreen`;
  const restore = () => {
    if (existsSync(file) && readFileSync(file, "utf8").includes(mark)) rmSync(file);
    if (existsSync(aside)) renameSync(aside, file);
  };
  const text = `#!/bin/sh\n${mark}\n# Found later? It was killed: remove this file.\nexit 101\n`;
  // One at a time on this machine, or the first to end would let the other's services start.
  return withLock(`${file}.bluegreen-lock`, async () => {
    restore();
    if (existsSync(file)) renameSync(file, aside);
    writeFileSync(file, text, { mode: 0o755 });
    try {
      return await work();
    } finally {
      restore();
    }
  });
}

/** Takes the packages' services out of the next boot, where there is a service manager. */
export async function disableServices(packages) {
  const units = unitsOf(packages);
  if (units.length === 0 || !findOnPath("systemctl", everywhere)) return;
  await run("systemctl", ["disable", "--quiet", ...units], { timeoutMs: 60_000 });
}

/** Why somebody else needs these packages now: a process or a service that is not ours. */
export async function usersOf(packages) {
  const files = new Set(packages.flatMap((name) => filesOf(name)).map(withoutUsr));
  const used = runningPrograms().filter(({ pid, program }) => files.has(withoutUsr(program)) && isOfHere(pid, program));
  const processes = used.map(({ pid, program }) => `process ${pid} runs ${program}`);
  const units = findOnPath("systemctl", everywhere) ? unitsOf(packages) : [];
  const wanted = [];
  for (const unit of units) {
    const { stdout } = await run("systemctl", ["is-enabled", unit], { timeoutMs: 10_000 });
    if (stdout.trim() === "enabled") wanted.push(`${unit} is enabled`);
  }
  return [...processes, ...wanted];
}

/** Debian's packages say `/bin/sh` where the kernel says `/usr/bin/sh`. */
function withoutUsr(path) {
  return path.replace(/^\/usr\//, "/");
}

/** A container's program has a path of the same name, and is another file. */
function isOfHere(pid, program) {
  try {
    const [used, here] = [statSync(`/proc/${pid}/exe`), statSync(program)];
    return used.dev === here.dev && used.ino === here.ino;
  } catch {
    return false;
  }
}

function runningPrograms() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ pid, program: readlinkSync(`/proc/${pid}/exe`) }];
      } catch {
        // It has ended, or is the kernel's.
        return [];
      }
    });
}

/** Instances of templates are made by who wants them. */
export function unitsOf(packages, info = infoFolder) {
  const unit = /^(?:\/usr)?\/lib\/systemd\/system\/([^/@]+\.(?:service|socket|timer))$/;
  return packages.flatMap((name) => filesOf(name, info)).flatMap((file) => unit.exec(file)?.[1] ?? []);
}

const infoFolder = "/var/lib/dpkg/info";

function filesOf(name, info = infoFolder) {
  const lists = readdirSync(info).filter((file) => file === `${name}.list` || file.startsWith(`${name}:`));
  const list = lists.find((file) => file.endsWith(".list"));
  return list ? readFileSync(join(info, list), "utf8").split("\n") : [];
}
