import { spawn } from "node:child_process";

/** What one run of a command needs; all secrets revealed. */
export interface CommandRun {
  command: string;
  interpreter: string[];
  environment: { [name: string]: string };
  /** Working directory; the program's folder if absent. */
  dir: string | undefined;
  stdin: string | undefined;
  /** 0 = no limit. */
  timeoutSeconds: number;
  /** Aborts the run when the engine cancels. */
  cancelled: AbortSignal;
  /** Streams to show while the command runs, line by line. */
  shown: { stdout: boolean; stderr: boolean };
  onLine(line: string): void;
}

export interface CommandOutput {
  stdout: string;
  stderr: string;
}

/** The official plugin deadlocks on longer lines when it shows them; this one says so instead. */
const LONGEST_SHOWN_LINE = 64 * 1024;

/** Runs the command to its end. Throws what the official plugin says, if it fails. */
export function runCommand(run: CommandRun): Promise<CommandOutput> {
  return new Promise((done, failed) => {
    const [program, ...args] = [...run.interpreter, run.command];
    const child = spawn(program as string, args, {
      env: { ...process.env, ...run.environment },
      ...(run.dir === undefined ? {} : { cwd: run.dir }),
      stdio: [run.stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const streams = { stdout: "", stderr: "" };
    let together = "";
    let reason: string | undefined;
    const stop = (why?: string) => {
      reason ??= why;
      // Only the interpreter dies, like the official plugin has it: whoever holds its output open keeps this waiting.
      child.kill("SIGKILL");
    };

    const line = lineSplitter(run.onLine, () =>
      stop(
        `an output line is longer than ${LONGEST_SHOWN_LINE} bytes, on which the official plugin would hang for ever`,
      ),
    );
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8");
      child[name]?.on("data", (chunk: string) => {
        streams[name] += chunk;
        together += chunk;
        if (run.shown[name]) line.push(chunk);
      });
    }
    // A command that doesn't read its input is no error.
    child.stdin?.on("error", () => {});
    child.stdin?.end(run.stdin);

    const timer = run.timeoutSeconds > 0 ? setTimeout(stop, run.timeoutSeconds * 1000) : undefined;
    const onCancel = () => stop();
    run.cancelled.addEventListener("abort", onCancel);
    const settle = (problem: string | undefined) => {
      clearTimeout(timer);
      run.cancelled.removeEventListener("abort", onCancel);
      line.end();
      if (problem) failed(new Error(`${problem}: running ${JSON.stringify(run.command)}:\n${together}`));
      else done({ stdout: withoutLastNewline(streams.stdout), stderr: withoutLastNewline(streams.stderr) });
    };
    child.on("error", (error) => settle(error.message));
    child.on("close", (code, signal) => {
      if (reason) settle(reason);
      else if (signal) settle(signal === "SIGKILL" ? "signal: killed" : `signal: ${signal}`);
      else settle(code === 0 ? undefined : `exit status ${code}`);
    });
  });
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

function lineSplitter(onLine: (line: string) => void, onTooLong: () => void) {
  let rest = "";
  return {
    push(chunk: string) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (Math.max(rest.length, ...lines.map((line) => line.length)) > LONGEST_SHOWN_LINE) onTooLong();
      else for (const line of lines) onLine(line);
    },
    end() {
      if (rest && rest.length <= LONGEST_SHOWN_LINE) onLine(rest);
    },
  };
}
