import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isRunning } from "@bluegreen/testkit/processes";
import { afterAll, describe, expect, test, vi } from "vitest";
import { runShell } from "../src/io/shell.ts";

const shell = fileURLToPath(new URL("../dist/io/shell.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bluegreen-shell-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a user's command", () => {
  test("ends with the deployer, also when that is killed", async () => {
    const file = join(folder, "pid");
    const command = { run: `echo $$ > ${file}; sleep 60; true`, env: process.env, timeout: "60s" };
    const program = `import(${JSON.stringify(shell)}).then((it) => it.runShell(JSON.parse(process.argv[1])))`;
    const deployer = spawn(process.execPath, ["-e", program, JSON.stringify(command)], { stdio: "inherit" });
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, "utf8")).toMatch(/\d\n/), 10_000);
    const pid = Number(readFileSync(file, "utf8"));
    expect(isRunning(pid)).toBe(true);
    deployer.kill("SIGKILL");
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5_000);
  });

  test("is ended on request, before and while it runs", async () => {
    const stopped = { run: "sleep 60", env: process.env, timeout: "60s" };
    expect(await runShell({ ...stopped, signal: AbortSignal.abort() })).toMatchObject({ passed: false });
    const started = Date.now();
    const ended = await runShell({ ...stopped, signal: AbortSignal.timeout(300) });
    expect(ended).toMatchObject({ passed: false, detail: "it was killed" });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test("has no input, and keeps no pipe of ours", async () => {
    const ended = await runShell({ run: "cat; test ! -e /proc/$$/fd/3", env: process.env, timeout: "10s" });
    expect(ended).toMatchObject({ passed: true, output: "" });
  });
});
