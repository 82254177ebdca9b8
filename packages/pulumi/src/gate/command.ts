import { spawn } from "node:child_process";
import { type CommandCheckSettings, humanMilliseconds, milliseconds } from "@bluegreen/core";
import type { Candidate } from "../platform.ts";
import type { GateTask, Verdict } from "./runner.ts";

/**
 * Bounds on what is shown of a failed command: the last lines, none longer than the Command plugin takes (a line over
 * 64 KiB deadlocks it).
 */
const shownLines = 20;
const shownColumns = 500;
const keptBytes = 64 * 1024;

/** The user's command, in a process group of its own that does not outlive its deadline. */
export async function runCommand(
  candidate: Pick<Candidate, "openUrl">,
  task: Pick<GateTask, "gate" | "color" | "release">,
  check: Omit<CommandCheckSettings, "env">,
): Promise<Verdict> {
  const opened = await candidate.openUrl();
  try {
    return await runBounded(opened.url, task, check);
  } finally {
    await opened.close();
  }
}

function runBounded(
  url: string,
  task: Pick<GateTask, "gate" | "color" | "release">,
  check: Omit<CommandCheckSettings, "env">,
): Promise<Verdict> {
  const started = Date.now();
  return new Promise((resolve) => {
    const { BLUEGREEN_GATE: _task, ...inherited } = process.env;
    const child = spawn("/bin/sh", ["-c", check.run], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...inherited,
        BLUEGREEN_CANDIDATE_URL: url,
        BLUEGREEN_COLOR: task.color,
        BLUEGREEN_RELEASE: task.release,
      },
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-keptBytes);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, milliseconds(check.timeout));
    child.on("error", (error) => finish({ passed: false, detail: `it could not be started: ${error.message}` }));
    // "exit", not "close": a grandchild that keeps the pipes open must not hold the gate.
    child.on("exit", (code, signal) => {
      killGroup(child.pid);
      const span = humanMilliseconds(Date.now() - started);
      if (timedOut) finish({ passed: false, detail: `no end within ${check.timeout}; it was killed` });
      else if (code === 0) finish({ passed: true, detail: `exit 0 after ${span}` });
      else finish({ passed: false, detail: `exit ${code ?? signal} after ${span}` });
    });
    function finish(verdict: Verdict): void {
      clearTimeout(deadline);
      child.stdout.destroy();
      child.stderr.destroy();
      if (!verdict.passed) showTail(output, task.gate.name);
      resolve(verdict);
    }
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended by itself.
  }
}

/** The end of the output, without the values that were handed over in the gate's `env`, which may be secret. */
export function showTail(output: string, gate: string): void {
  const secrets = (process.env.BLUEGREEN_GATE_ENV ?? "").split(",").flatMap((name) => process.env[name] || []);
  let text = output.length < keptBytes ? output : withoutCutSecret(output, secrets);
  for (const secret of secrets) text = text.replaceAll(secret, "[secret]");
  const lines = text.trimEnd().split("\n").slice(-shownLines);
  for (const line of lines) console.error(`${gate} │ ${line.slice(0, shownColumns)}`);
}

/** What was kept of long output may begin in the middle of a secret, which nothing would find any more. */
function withoutCutSecret(output: string, secrets: readonly string[]): string {
  const cuts = secrets.map((secret) => {
    const lengths = Array.from({ length: secret.length - 1 }, (_, index) => secret.length - 1 - index);
    return lengths.find((length) => output.startsWith(secret.slice(-length))) ?? 0;
  });
  return output.slice(Math.max(0, ...cuts));
}
