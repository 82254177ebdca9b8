import { execFile, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning } from "@bluegreen/testkit/processes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entryOf } from "./plugin-under-test.ts";

const TIMEOUT = { timeout: 60_000 };

/** Programs run by the real CLI (the `pulumi` on PATH) through the language host. */
describe("the nodejs language host", () => {
  const folder = mkdtempSync(join(tmpdir(), "language-host-"));
  const program = join(folder, "program");
  const env = {
    ...process.env,
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "x",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };

  function write(file: string, source: string, options = ""): void {
    writeFileSync(join(program, file), source);
    writeFileSync(join(program, "Pulumi.yaml"), `name: app\nmain: ${file}\nruntime: { name: nodejs${options} }\n`);
  }

  function pulumi(...args: string[]): Promise<{ exit: number; output: string }> {
    return new Promise((done) => {
      const child = execFile(
        "pulumi",
        [...args, "--non-interactive"],
        { cwd: program, env },
        (_error, stdout, stderr) => done({ exit: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
  }

  beforeAll(async () => {
    for (const name of ["bin", "state", "program"]) mkdirSync(join(folder, name));
    const wrapper = join(folder, "bin", "pulumi-language-nodejs");
    writeFileSync(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${entryOf("nodejs")}" "$@"\n`);
    chmodSync(wrapper, 0o755);
    symlinkSync(join(import.meta.dirname, "../node_modules"), join(program, "node_modules"));
    writeFileSync(join(program, "package.json"), '{ "name": "app" }');
    write("index.js", "");
    expect(await pulumi("stack", "init", "dev")).toMatchObject({ exit: 0 });
    expect(await pulumi("config", "set", "color", "blue")).toMatchObject({ exit: 0 });
    expect(await pulumi("config", "set", "--secret", "password", "hidden")).toMatchObject({ exit: 0 });
  }, TIMEOUT.timeout);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("runs a program with its config and shows what it prints", TIMEOUT, async () => {
    write(
      "index.js",
      `const pulumi = require("@pulumi/pulumi"), fs = require("node:fs");
       const config = new pulumi.Config();
       console.log("host:", fs.readFileSync("/proc/" + process.ppid + "/cmdline", "utf8").split("\\0")[1]);
       console.error("dry:", pulumi.runtime.isDryRun());
       exports.color = config.require("color");
       exports.password = config.requireSecret("password");
       exports.where = [pulumi.getProject(), pulumi.getStack(), process.cwd() === fs.realpathSync(${JSON.stringify(program)})];`,
    );
    const { exit, output } = await pulumi("up", "-y", "--skip-preview");
    expect(output).toContain(`host: ${entryOf("nodejs")}`);
    expect(output).toContain("dry: false");
    expect(output).not.toContain("hidden");
    expect(exit).toBe(0);
    const outputs = await pulumi("stack", "output", "--json", "--show-secrets");
    expect(JSON.parse(outputs.output)).toEqual({ color: "blue", password: "hidden", where: ["app", "dev", true] });
    expect((await pulumi("preview")).output).toContain("dry: true");
  });

  test("runs TypeScript by type stripping and passes arguments for node", TIMEOUT, async () => {
    write(
      "index.ts",
      `export const kind: string = typeof (globalThis as { gc?: () => void }).gc;
       export const typescript = process.env.PULUMI_NODEJS_TYPESCRIPT ?? "unset";`,
      ', options: { typescript: false, nodeargs: "--expose-gc" }',
    );
    expect(await pulumi("up", "-y", "--skip-preview")).toMatchObject({ exit: 0 });
    const outputs = await pulumi("stack", "output", "--json");
    expect(JSON.parse(outputs.output)).toEqual({ kind: "function", typescript: "unset" });
  });

  test("fails the run when the program throws, explaining it once", TIMEOUT, async () => {
    write("index.js", 'throw new Error("no such color");');
    const { exit, output } = await pulumi("up", "-y", "--skip-preview");
    expect(exit).not.toBe(0);
    expect(output.match(/Error: no such color/g)).toHaveLength(1);
    expect(output).not.toContain("non-zero exit code");
  });

  test("fails the run when the program exits or is killed without a word", TIMEOUT, async () => {
    write("index.js", "process.exit(3);");
    const exited = await pulumi("up", "-y", "--skip-preview");
    expect(exited.exit).not.toBe(0);
    expect(exited.output).toContain("Program exited with non-zero exit code: 3");
    write("index.js", 'process.kill(process.pid, "SIGKILL");');
    const killed = await pulumi("up", "-y", "--skip-preview");
    expect(killed.exit).not.toBe(0);
    expect(killed.output).toContain("Program was ended by SIGKILL");
  });

  test("dies with a killed engine and takes the program along", TIMEOUT, async () => {
    const pids = join(folder, "pids");
    write(
      "index.js",
      `require("node:fs").writeFileSync(${JSON.stringify(pids)}, process.ppid + " " + process.pid);
       setInterval(() => {}, 1000);`,
    );
    rmSync(pids, { force: true });
    const engine = spawn("pulumi", ["preview", "--non-interactive"], { cwd: program, env, stdio: "ignore" });
    const started = await eventually(() => readFileSync(pids, "utf8").split(" ").map(Number));
    const enginePid = parentOf(started[0]!);
    process.kill(enginePid, "SIGKILL");
    engine.kill("SIGKILL");
    await eventually(() => {
      for (const pid of started) if (isRunning(pid)) throw new Error(`process ${pid} lives on`);
      return true;
    });
  });
});

function parentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
}

async function eventually<T>(look: () => T): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return look();
    } catch (error) {
      if (tries > 600) throw error;
      await sleep(100);
    }
  }
}
