// What Debian's own packages bring, when it is not there: said first, undone by `npm run clean -- --docker`.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "./dependencies.mjs";
import { findOnPath } from "./go.mjs";
import { withLock } from "./lock.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";
import { disableServices, usersOf, withoutServices } from "./quiet-services.mjs";

const enginePackages = ["docker.io", "iptables"];
const everywhere = { PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin" };
const record = (cache) => join(cache, "installed-debian-packages");

/** What this machine lacks to run containers: Debian package names. */
export function missingPackages({ needEngine, env = process.env }) {
  const found = (name) => findOnPath(name, env) ?? findOnPath(name, everywhere);
  const missing = needEngine && !findOnPath("dockerd", env) ? [...enginePackages] : [];
  if (needEngine && missing.length === 0 && !found("iptables")) missing.push("iptables");
  // The images hold a static shell; Debian's plain busybox is linked dynamically.
  const isStatic = existsSync("/var/lib/dpkg/info/busybox-static.list") || !existsSync("/var/lib/dpkg");
  if (!(found("busybox") && isStatic)) missing.push("busybox-static");
  return missing;
}

/**
 * Their programs; no service of theirs is started.
 * @throws Problem where only the user can install something
 */
export async function installPackages({ packages, cache, progress, uid = process.getuid?.(), debian = isDebian() }) {
  if (packages.length === 0) return;
  if (!debian || uid !== 0) throw lacking(packages, { debian, uid });
  await withLock(join(cache, "debian-packages.lock"), () => install({ packages, cache, progress }));
}

async function install({ packages, cache, progress }) {
  const apt = (args, options) =>
    run("apt-get", args, {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C", NEEDRESTART_MODE: "l" },
      timeoutMs: 10 * 60_000,
      ...options,
    });
  const choice = ["install", "--no-install-recommends", ...packages];
  await progress.phase("Debian packages: reading the package lists", async () => {
    const update = await updateLists(apt);
    if (update.exit !== 0) throw failed("apt-get update", update);
  });
  const plan = await apt(["--simulate", ...choice]);
  const estimate = await apt(["--assume-no", ...choice]);
  const fresh = newPackages(plan.stdout);
  // Another run has installed them meanwhile.
  if (plan.exit === 0 && fresh.length === 0) return;
  progress.say(
    [
      `  will be installed from Debian: ${fresh.join(", ") || packages.join(", ")}`,
      ...sizes(estimate.stdout).map((line) => `  ${line}`),
      "  undo: npm run clean -- --docker",
    ].join("\n"),
  );
  // Recorded before: an interrupted installation can be undone, too.
  mkdirSync(cache, { recursive: true });
  const before = existsSync(record(cache)) ? readFileSync(record(cache), "utf8").split("\n").filter(Boolean) : [];
  writeFileSync(record(cache), [...new Set([...before, ...fresh])].join("\n"));
  await progress.phase(`Debian packages: installing ${packages.join(", ")}`, async () => {
    const result = await withoutServices(() => apt(["-y", "-q", "-o", "DPkg::Lock::Timeout=120", ...choice]));
    if (result.exit !== 0) throw failed(`apt-get install ${packages.join(" ")}`, result);
    await disableServices(fresh);
  });
}

/** Of the lists' lock apt says that it is held, and doesn't wait. */
async function updateLists(apt) {
  for (let tries = 0; ; tries++) {
    const update = await apt(["update", "-q"]);
    if (tries >= 30 || !update.stderr.includes("Could not get lock")) return update;
    await sleep(2_000);
  }
}

/**
 * Removes exactly what installPackages has added, and no data or configuration: those may be another's by now.
 * @returns the packages
 * @throws Problem where somebody else needs one of them
 */
export async function uninstallPackages({ cache, progress }) {
  const file = record(cache);
  const packages = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  if (packages.length > 0) {
    const users = await usersOf(packages);
    if (users.length > 0) {
      throw new Problem(`our Debian packages are needed by somebody else: ${users.join("; ")}`, {
        fix: [`end that, or keep them: rm ${file}`],
      });
    }
    await progress.phase(`Debian packages: removing ${packages.join(", ")}`, async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
      const plan = await run("apt-get", ["remove", "--simulate", ...packages], { env, timeoutMs: 60_000 });
      const others = removedPackages(plan.stdout).filter((name) => !packages.includes(name));
      if (others.length > 0) {
        throw new Problem(`removing our Debian packages would remove ${others.join(", ")}, too`, {
          fix: `decide yourself: apt-get remove ${packages.join(" ")}   (list: ${file})`,
        });
      }
      const result = await run("apt-get", ["remove", "-y", "-q", ...packages], { env, timeoutMs: 10 * 60_000 });
      if (result.exit !== 0) throw failed("apt-get remove", result);
    });
  }
  rmSync(file, { force: true });
  return packages;
}

/** The names in apt's simulation: "Inst docker.io (20.10 Debian…)". */
export function newPackages(simulation) {
  return [...simulation.matchAll(/^Inst (\S+) (?!\[)/gm)].map((match) => match[1]);
}

/** The names in apt's simulation of a removal: "Remv docker.io [20.10…]". */
export function removedPackages(simulation) {
  return [...simulation.matchAll(/^(?:Purg|Remv) (\S+) /gm)].map((match) => match[1]);
}

/** apt's own words about download and disk space. */
export function sizes(text) {
  return text.split("\n").filter((line) => /^(Need to get|After this operation)/.test(line));
}

export function isDebian() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(release) && findOnPath("apt-get", everywhere) !== undefined;
}

function lacking(packages, { debian, uid }) {
  const docker = packages.includes("docker.io");
  const ways = docker
    ? "Docker Desktop, colima, podman's socket, your distribution's package"
    : "these are Debian's names";
  const install = debian
    ? `as root: apt-get install --no-install-recommends ${packages.join(" ")}   (this user's uid is ${uid})`
    : `install ${docker ? "a Docker Engine" : packages.join(", ")} the way your system likes it (${ways})`;
  const there = "already there? start it, or point DOCKER_HOST at its socket: DOCKER_HOST=unix:///path/to/docker.sock";
  return new Problem(`this machine lacks ${docker ? "a running Docker Engine" : packages.join(", ")}`, {
    fix: docker ? [install, there] : [install],
  });
}

function failed(what, result) {
  const fix = "see apt's own words below; is another apt running, are the Debian mirrors reachable?";
  return new Problem(`"${what}" ended with ${result.exit}`, { fix, detail: lastLines(result.stdout + result.stderr) });
}
