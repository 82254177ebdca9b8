import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

export interface CommandOptions {
  cwd: string;
  env?: Record<string, string | undefined>;
  /** Deadline in milliseconds; then the whole process tree is killed. @default 180000 */
  timeoutMs?: number;
}

/** How a command ended. Nothing throws for an exit code unless asked to. */
export class CommandResult {
  readonly command: string;
  /** Exit code; 128 + n for signal n is not computed: a signal gives -1 and `signal`. */
  readonly exit: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order they arrived, free of ANSI sequences. */
  readonly output: string;
  readonly ms: number;
  readonly timedOut: boolean;

  constructor(fields: Omit<CommandResult, "orThrow">) {
    this.command = fields.command;
    this.exit = fields.exit;
    this.signal = fields.signal;
    this.stdout = fields.stdout;
    this.stderr = fields.stderr;
    this.output = fields.output;
    this.ms = fields.ms;
    this.timedOut = fields.timedOut;
  }

  /** This result if the exit code is 0. @throws an error that carries the output */
  orThrow(): this {
    if (this.exit === 0) return this;
    const end = this.timedOut ? `did not end within ${this.ms} ms` : `ended with ${this.signal ?? this.exit}`;
    throw new Error(`"${this.command}" ${end}:\n${this.output.slice(-8_000)}`);
  }
}

/** A command that runs in a process group of its own, so that a signal for us does not reach it by accident. */
export class RunningCommand {
  readonly pid: number;
  readonly result: Promise<CommandResult>;
  #output = "";
  #ended = false;
  readonly #listeners = new Set<() => void>();
  readonly #child: ChildProcess;

  constructor(program: string, args: string[], options: CommandOptions) {
    const since = performance.now();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.pid = child.pid ?? -1;
    let stdout = "";
    let stderr = "";
    const listen = (stream: NodeJS.ReadableStream | null, add: (text: string) => void) =>
      stream?.setEncoding("utf8").on("data", (text: string) => {
        add(text);
        this.#output += stripVTControlCharacters(text);
        for (const listener of this.#listeners) listener();
      });
    listen(child.stdout, (text) => {
      stdout += text;
    });
    listen(child.stderr, (text) => {
      stderr += text;
    });
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      this.kill("SIGKILL", { tree: true });
    }, options.timeoutMs ?? 180_000);

    this.result = new Promise((resolve, reject) => {
      const end = (exit: number | null, signal: NodeJS.Signals | null) => {
        if (this.#ended) return;
        this.#ended = true;
        clearTimeout(deadline);
        for (const listener of this.#listeners) listener();
        const command = [program.split("/").at(-1), ...args].join(" ");
        const ms = Math.round(performance.now() - since);
        resolve(
          new CommandResult({ command, exit: exit ?? -1, signal, stdout, stderr, output: this.#output, ms, timedOut }),
        );
      };
      child.on("error", (error) => {
        clearTimeout(deadline);
        reject(new Error(`"${program}" cannot be started: ${error.message}`));
      });
      child.on("close", end);
      // An orphan of a killed command may hold the pipes for minutes.
      child.on("exit", (exit, signal) => setTimeout(() => end(exit, signal), 500).unref());
    });
    // Whoever only kills the command need not await it; awaiting still rejects.
    this.result.catch(() => undefined);
  }

  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return !this.#ended;
  }

  /** Waits for a line of the output. @throws when the command ends, or the time is over, without it */
  waitForOutput(pattern: RegExp, timeoutMs = 180_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`no output like ${pattern} ${why}; the output is:\n${this.#output}`));
      const finish = (work: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        work();
      };
      const check = () => {
        const match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(this.#output);
        if (match) finish(() => resolve(match));
        else if (this.#ended) finish(() => fail("before the command ended"));
      };
      const timer = setTimeout(() => finish(() => fail(`within ${timeoutMs} ms`)), timeoutMs);
      this.#listeners.add(check);
      check();
    });
  }

  /**
   * Sends a signal to the command alone, as `kill -9 <pid>` does; its plugins become orphans.
   * With `tree` to all of its descendants, too.
   */
  kill(signal: NodeJS.Signals = "SIGTERM", { tree = false } = {}): void {
    const pids = tree ? [this.pid, ...descendants(this.pid)] : [this.pid];
    for (const pid of pids) {
      try {
        if (pid === this.pid) this.#child.kill(signal);
        else process.kill(pid, signal);
      } catch {
        // It has ended in the meantime.
      }
    }
  }
}

/** All living descendants of a process, by the kernel's word. Pulumi's plugins are in process groups of their own. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
    } catch {
      // Ended while we were reading.
    }
  }
  const below = (parent: number): number[] => (parents.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}
