import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommand } from "../src/gate/command.ts";
import { poll } from "../src/gate/http.ts";
import type { GateTask } from "../src/gate/runner.ts";

const task = { gate: { name: "command-1" }, color: "green", release: "2" } as GateTask;
const candidate = { openUrl: async () => ({ url: "http://127.0.0.1:81", close: async () => {} }) };
const shown: string[] = [];

beforeEach(() => {
  shown.splice(0);
  vi.spyOn(console, "error").mockImplementation((line) => void shown.push(String(line)));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const run = (command: string, timeout = "20s") =>
  runCommand(candidate, task, { kind: "command", run: command, timeout });

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

describe("a command gate", () => {
  test("passes with exit 0, and knows its candidate", async () => {
    const script =
      'test "$BLUEGREEN_CANDIDATE_URL $BLUEGREEN_COLOR $BLUEGREEN_RELEASE" = "http://127.0.0.1:81 green 2"';
    expect(await run(script)).toMatchObject({ passed: true, detail: expect.stringMatching(/^exit 0 after/) });
    expect(shown).toEqual([]);
  });

  test("fails with any other exit, and shows the end of its output", async () => {
    expect(await run("echo out; echo err >&2; exit 3")).toMatchObject({
      passed: false,
      detail: expect.stringMatching(/^exit 3 after/),
    });
    expect(shown.sort()).toEqual(["command-1 │ err", "command-1 │ out"]);
  });

  test("is killed at its deadline with all that it started", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "bluegreen-gate-")), "pid");
    const verdict = await run(`(sleep 60 & echo $! > ${file}; wait) & wait`, "700ms");
    expect(verdict).toEqual({ passed: false, detail: "no end within 700ms; it was killed" });
    const grandchild = Number(readFileSync(file, "utf8"));
    await vi.waitFor(() => expect(isRunning(grandchild)).toBe(false), 2_000);
  });

  test("ends with its command, whatever that left running", async () => {
    const started = Date.now();
    expect(await run("sleep 60 & exit 0")).toMatchObject({ passed: true });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test("shows little of much output, and no long line", async () => {
    await run("head -c 3000000 /dev/zero | tr '\\0' x; echo; seq 1 1000; exit 1");
    expect(shown.length).toBeLessThanOrEqual(20);
    expect(shown.at(-1)).toBe("command-1 │ 1000");
    await run("head -c 3000000 /dev/zero | tr '\\0' x; exit 1");
    for (const line of shown) expect(line.length).toBeLessThan(600);
  });

  test("shows no value of its env", async () => {
    vi.stubEnv("BLUEGREEN_GATE_ENV", "TOKEN,EMPTY");
    vi.stubEnv("TOKEN", "hunter2");
    vi.stubEnv("EMPTY", "");
    await run("echo token=$TOKEN; exit 1");
    expect(shown).toEqual(["command-1 │ token=[secret]"]);
  });
});

describe("an http gate", () => {
  const check = {
    kind: "http",
    path: "/ready",
    status: 200,
    healthyFor: "0s",
    within: "300ms",
    interval: "10ms",
    timeout: "1s",
  } as const;
  const script = (...answers: (string | null)[]) => {
    let at = 0;
    return async () => answers[Math.min(at++, answers.length - 1)] as string | null;
  };

  test("passes with the first healthy answer", async () => {
    expect(await poll(check, script("starting", null))).toMatchObject({ passed: true });
  });

  test("wants health without a break for as long as it says", async () => {
    const started = Date.now();
    const verdict = await poll({ ...check, healthyFor: "150ms" }, script(null, null, "500", null));
    expect(verdict.passed).toBe(true);
    expect(Date.now() - started).toBeGreaterThanOrEqual(150);
  });

  test("fails when it never gets healthy in time, with the last problem", async () => {
    const verdict = await poll(check, script("web answered 500, not 200"));
    expect(verdict).toMatchObject({ passed: false, detail: expect.stringContaining("web answered 500, not 200") });
  });

  test("fails when health breaks again and again", async () => {
    let healthy = false;
    const flapping = async () => {
      healthy = !healthy;
      return healthy ? null : "503";
    };
    expect(await poll({ ...check, healthyFor: "100ms" }, flapping)).toMatchObject({ passed: false });
  });

  test("does not pass by an answer that comes after the deadline alone", async () => {
    const slow = async () => {
      await sleep(500);
      return "too slow";
    };
    expect(await poll(check, slow)).toMatchObject({ passed: false });
  });
});
