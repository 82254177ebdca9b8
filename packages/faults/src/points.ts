import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RunningCommand } from "@bluegreen/testkit/engine/pulumi";
import { until } from "@bluegreen/testkit/until";
import { folderVariable, type Span, type Step, type Word } from "./steps.ts";

const hook = pathToFileURL(join(import.meta.dirname, "hook.ts")).href;
const reachedWithinMs = 90_000;

/** The points of one run at which its cutover stands still; the other end is in `hook.ts`. */
export class Points {
  private readonly folder = mkdtempSync(join(tmpdir(), "bluegreen-faults-"));

  /** What the run's processes need to find here. */
  get env(): Record<string, string> {
    const options = [process.env.NODE_OPTIONS, `--import=${hook}`].filter(Boolean).join(" ");
    return { [folderVariable]: this.folder, NODE_OPTIONS: options };
  }

  arm(step: Step): void {
    writeFileSync(this.file(`arm-${step}`), "");
  }

  /** Waits until the cutover stands at an armed step. @returns the provider's process. @throws if it never gets there */
  async reached(step: Step, run: RunningCommand): Promise<number> {
    let pid: number | undefined;
    await until(
      `the cutover stands ${step}`,
      async () => {
        pid = this.providerAt(step);
        if (pid === undefined && !run.running) throw new Error(`the run never came to ${step}:\n${run.output}`);
        return pid !== undefined;
      },
      reachedWithinMs,
    );
    return pid ?? -1;
  }

  release(step: Step, word: Word): void {
    writeFileSync(this.file("word"), word);
    renameSync(this.file("word"), this.file(`go-${step}`));
  }

  /** What the cutover did so far. */
  trace(): Span[] {
    const lines = this.read("trace")?.trimEnd().split("\n") ?? [];
    return lines.map((line) => JSON.parse(line) as Span);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private providerAt(step: Step): number | undefined {
    const text = this.read(`at-${step}`);
    return text === undefined ? undefined : (JSON.parse(text) as { pid: number }).pid;
  }

  private read(name: string): string | undefined {
    try {
      return readFileSync(this.file(name), "utf8");
    } catch {
      return undefined;
    }
  }

  private file(name: string): string {
    return join(this.folder, name);
  }
}
