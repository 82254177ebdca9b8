// Child processes: each in a process group of its own, bounded in time, ended with the bootstrap.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Interrupted } from "./problem.mjs";

const active = new Set();
let interruptedBy;

/** Names this run. In the environment of everything it starts, to find stragglers that left our process groups. */
export const runId = `${process.pid}-${Date.now().toString(36)}`;
const markName = "BLUEGREEN_RUN";

/** Forwards Ctrl-C and SIGTERM to the running children; a second one, or 40 s of patience, makes it final. */
export function handleSignals() {
  const onSignal = (signal) => {
    const again = interruptedBy !== undefined;
    interruptedBy ??= signal;
    for (const child of active) child.interrupt(again ? "SIGKILL" : signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
}

export const interruption = () => interruptedBy;

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

/**
 * Runs a command to its end and never throws for an exit code. With `show` it inherits our output.
 * @param options.foreground shares our process group and terminal (a prompt can read from it; the terminal's Ctrl-C
 *   reaches it without our help)
 * @param options.evenIfInterrupted for cleaning up
 */
export function run(command, args, options = {}) {
  const { cwd, env = process.env, timeoutMs, show = false, foreground = false, evenIfInterrupted = false } = options;
  const { onOutput, graceMs = 40_000 } = options;
  if (interruptedBy && !evenIfInterrupted) return Promise.reject(new Interrupted(interruptedBy));
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const output = show ? "inherit" : "pipe";
    const child = spawn(command, args, {
      cwd,
      env: { ...env, [markName]: runId },
      detached: !foreground,
      stdio: [foreground ? "inherit" : "ignore", output, output],
    });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const timers = [];
    const later = (ms, work) => timers.push(setTimeout(work, ms));

    const handle = {
      interrupt(signal) {
        if (evenIfInterrupted && signal !== "SIGKILL") return;
        if (foreground) {
          // The terminal has sent Ctrl-C to the whole foreground group; twice would mean "now!" to the Pulumi CLI.
          if (signal === "SIGINT" && process.stdin.isTTY) return;
          child.kill(signal);
        } else if (signal === "SIGKILL") signalGroup(child.pid, "SIGKILL");
        else child.kill(signal);
        later(graceMs, () => (foreground ? child.kill("SIGKILL") : signalGroup(child.pid, "SIGKILL")));
      },
    };
    active.add(handle);

    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      onOutput?.(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      onOutput?.(text);
    });
    if (timeoutMs) {
      later(timeoutMs, () => {
        timedOut = true;
        if (foreground) child.kill("SIGKILL");
        else signalGroup(child.pid, "SIGKILL");
      });
    }
    const end = () => {
      active.delete(handle);
      for (const timer of timers) clearTimeout(timer);
    };
    child.on("error", (error) => {
      end();
      resolve({ exit: 127, stdout, stderr: `${command}: ${error.message}`, timedOut, ms: Date.now() - started });
    });
    child.on("exit", () => {
      // Grandchildren may hold the pipes open for ever: the group ends with its leader.
      if (!foreground) setTimeout(() => signalGroup(child.pid, "SIGKILL"), show ? 0 : 200).unref();
    });
    child.on("close", (code, signal) => {
      end();
      if (interruptedBy && !evenIfInterrupted) reject(new Interrupted(interruptedBy));
      else resolve({ exit: code ?? (signal ? 128 : 1), signal, stdout, stderr, timedOut, ms: Date.now() - started });
    });
  });
}

/** Ends what this run started and what left its process group (plugins do); by our mark in the environment, never by name. */
export function endStragglers() {
  let ended = 0;
  let pids = [];
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return 0; // Not Linux: the process groups have to do.
  }
  for (const pid of pids) {
    if (Number(pid) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${markName}=${runId}`)) continue;
      process.kill(Number(pid), "SIGKILL");
      ended += 1;
    } catch {
      // Gone, or somebody else's.
    }
  }
  return ended;
}

/** "pid starttime": survives the reuse of a pid. Empty when there is no such process. */
export function processIdentity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : `${pid} ${fields[19]}`;
  } catch {
    // No /proc: ask the kernel whether the pid exists.
  }
  if (process.platform === "linux") return "";
  try {
    process.kill(pid, 0);
    return `${pid} ?`;
  } catch {
    return "";
  }
}

export function isAlive(identity) {
  const pid = Number.parseInt(identity, 10);
  return pid > 0 && processIdentity(pid) === identity.trim();
}
