import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning } from "@bluegreen/testkit/processes";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { checkCommand } from "../src/checks/command.ts";
import { lookAt } from "../src/checks/look.ts";
import type { Finding } from "../src/contracts/check.ts";
import { untilPassed } from "../src/gates/patience.ts";
import { tailOf } from "../src/io/shell.ts";
import { localSubject } from "./local-subject.ts";

const openUrl = async () => ({ url: "http://127.0.0.1:81", close: async () => {} });
const subject = { color: "green", release: "2", tools: { openUrl } } as const;

const run = (command: string, timeout = "20s", env = {}) =>
  checkCommand({ kind: "command", run: command, timeout, env }, subject);
const shownOf = ({ output = "" }: Finding) => tailOf(output, "command-1");

describe("a command check", () => {
  test("passes with exit 0, and knows its color", async () => {
    const script = 'test "$BLUEGREEN_URL $BLUEGREEN_COLOR $BLUEGREEN_RELEASE" = "http://127.0.0.1:81 green 2"';
    expect(await run(script)).toEqual({ result: "passed", detail: expect.stringMatching(/^exit 0 after/) });
  });

  test("fails with any other exit, and has the end of its output", async () => {
    const found = await run("echo out; echo err >&2; exit 3");
    expect(found).toMatchObject({ result: "failed", detail: expect.stringMatching(/^exit 3 after/) });
    expect(shownOf(found).sort()).toEqual(["command-1 │ err", "command-1 │ out"]);
  });

  test("is killed at its deadline with all that it started", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bluegreen-gate-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "pid");
    const found = await run(`(sleep 60 & echo $! > ${file}; wait) & wait`, "700ms");
    expect(found).toMatchObject({ result: "failed", detail: "did not end within 700ms and was killed" });
    const grandchild = Number(readFileSync(file, "utf8"));
    await vi.waitFor(() => expect(isRunning(grandchild)).toBe(false), 2_000);
  });

  test("is killed when nobody waits for it any more", async () => {
    const over = new AbortController();
    const started = Date.now();
    const found = checkCommand(
      { kind: "command", run: "sleep 60", timeout: "50s", env: {} },
      { ...subject, ended: over.signal },
    );
    over.abort();
    expect(await found).toMatchObject({ result: "failed" });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test("ends with its command, whatever that left running", async () => {
    const started = Date.now();
    expect(await run("sleep 60 & exit 0")).toMatchObject({ result: "passed" });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test("shows little of much output, and no long line", async () => {
    const shown = shownOf(await run("head -c 3000000 /dev/zero | tr '\\0' x; echo; seq 1 1000; exit 1"));
    expect(shown.length).toBeLessThanOrEqual(20);
    expect(shown.at(-1)).toBe("command-1 │ 1000");
    const long = shownOf(await run("head -c 3000000 /dev/zero | tr '\\0' x; exit 1"));
    for (const line of long) expect(line.length).toBeLessThan(600);
  });

  test("shows neither a value of its env, nor one of the color", async () => {
    const env = { TOKEN: "hunter2-prod", SHORT: "hunter2", EMPTY: "" };
    const check = { kind: "command", run: "echo $TOKEN $SHORT s3cr3t; exit 1", timeout: "20s", env } as const;
    const found = await lookAt(check, localSubject({ tools: { openUrl } }), ["s3cr3t"]);
    expect(shownOf(found)).toEqual(["command-1 │ [secret] [secret] [secret]"]);
  });

  test("has nothing that a terminal would obey in what is shown of it", async () => {
    const found = await run("printf 'a\\r\\n\\033[2J\\033]0;x\\007b\\n'; exit 1");
    expect(shownOf(found)).toEqual(["command-1 │ a", "command-1 │ \\x1b[2J\\x1b]0;x\\x07b"]);
  });

  test("knows nothing of what the gate was told in confidence", async () => {
    vi.stubEnv("BLUEGREEN_GATE_SECRETS", "x");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await run('test -z "$BLUEGREEN_GATE_SECRETS"')).toMatchObject({ result: "passed" });
  });
});

describe("a gate", () => {
  const patience = { healthyFor: "0s", within: "300ms", interval: "10ms" };
  const found = (result: Finding["result"], detail = ""): Finding => ({ result, detail });
  const [good, bad, unknown] = [found("passed", "all well"), found("failed", "500, not 200"), found("inconclusive")];
  const script = (...findings: Finding[]) => {
    let at = 0;
    return async () => findings[Math.min(at++, findings.length - 1)] as Finding;
  };

  test("passes with the first look that does", async () => {
    expect(await untilPassed(patience, script(bad, unknown, good))).toEqual(good);
  });

  test("looks once when it is not told to wait", async () => {
    expect(await untilPassed({}, script(good))).toEqual(good);
    expect(await untilPassed({}, script(bad, good))).toEqual(bad);
    expect(await untilPassed({ within: "0s", interval: "10ms" }, script(unknown, good))).toEqual(unknown);
  });

  test("wants it without a break for as long as it says", async () => {
    const started = Date.now();
    const last = await untilPassed({ ...patience, healthyFor: "150ms" }, script(good, good, bad, unknown, good));
    expect(last).toEqual(found("passed", expect.stringMatching(/^all well for \d+ ms, \d+ times in a row$/)));
    expect(Date.now() - started).toBeGreaterThanOrEqual(150);
  });

  test("fails when it never passes in time, with the last problem", async () => {
    const last = await untilPassed(patience, script(bad));
    expect(last).toEqual(found("failed", "500, not 200 (asked for 0s of health within 300ms)"));
    expect((await untilPassed(patience, script(unknown))).result).toBe("inconclusive");
  });

  test("fails when it breaks again and again", async () => {
    let healthy = false;
    const flapping = async () => {
      healthy = !healthy;
      return healthy ? good : bad;
    };
    expect(await untilPassed({ ...patience, healthyFor: "100ms" }, flapping)).toMatchObject({ result: "failed" });
  });

  test("fails with the first break after its time to begin is over", async () => {
    let looks = 0;
    const late = async () => (++looks === 1 ? good : bad);
    const last = await untilPassed({ healthyFor: "5m", within: "0s", interval: "20ms" }, late);
    expect(last).toMatchObject({ result: "failed" });
    expect(looks).toBe(2);
  });

  test("does not pass by a failure that comes after the deadline", async () => {
    const slow = async () => {
      await sleep(500);
      return bad;
    };
    expect(await untilPassed(patience, slow)).toMatchObject({ result: "failed" });
  });
});
