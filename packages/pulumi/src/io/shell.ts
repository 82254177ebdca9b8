import { spawn } from "node:child_process";
import { humanMilliseconds, milliseconds, visible } from "@bluegreen/core";
import { bounds, Tail } from "./bounds.ts";

/** Bounds on what is shown of a failed command: the last lines, none longer than the Command plugin takes (64 KiB). */
const shownLines = 20;
const shownColumns = 500;

export interface ShellCommand {
  readonly run: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeout: string;
  /** Ends it before its deadline. */
  readonly signal?: AbortSignal;
}

export interface Ended {
  readonly passed: boolean;
  /** One line for a person. */
  readonly detail: string;
  /** The end of what it printed. */
  readonly output: string;
}

/** Ends the process group when the deployer is gone, which could not do it any more: its end of the pipe closes then. */
const guarded = `(cat <&3; kill -KILL 0) > /dev/null 2>&1 & exec 3<&-; exec /bin/sh -c "$1"`;

/**
 * The user's command by `/bin/sh -c`, in a process group of its own, of which nothing outlives the command, its deadline
 * or this process, however that ends.
 */
export function runShell({ run, env, timeout, signal }: ShellCommand): Promise<Ended> {
  const started = Date.now();
  return new Promise((resolve) => {
    const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
    const child = spawn("/bin/sh", ["-c", guarded, "sh", run], { detached: true, stdio: [...stdio], env });
    const printed = new Tail(bounds.printed);
    for (const pipe of [child.stdout, child.stderr]) pipe?.on("data", (chunk: Buffer) => printed.add(chunk));
    let killed: string | null = null;
    const kill = (why: string) => {
      killed ??= why;
      killGroup(child.pid);
    };
    const deadline = setTimeout(() => kill(`did not end within ${timeout} and was killed`), milliseconds(timeout));
    const abort = () => kill("it was killed");
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    child.on("error", (error) => finish(false, `it could not be started: ${error.message}`));
    // "exit", not "close": a grandchild that keeps the pipes open must not hold up what waits for this.
    child.on("exit", (code, by) => {
      killGroup(child.pid);
      const span = humanMilliseconds(Date.now() - started);
      finish(killed === null && code === 0, killed ?? `exit ${code ?? by} after ${span}`);
    });
    function finish(passed: boolean, detail: string): void {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", abort);
      for (const pipe of child.stdio) pipe?.destroy();
      resolve({ passed, detail, output: printed.toString() });
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

/** The last lines of an output, each under the name of who printed it, for a terminal. */
export function tailOf(output: string, name: string): string[] {
  const lines = visible(output).trimEnd().split("\n").slice(-shownLines);
  return lines.map((line) => `${name} │ ${line.slice(0, shownColumns)}`);
}
