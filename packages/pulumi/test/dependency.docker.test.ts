import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DependencyCheckSettings } from "@bluegreen/core";
import { type Postgres, startPostgres } from "@bluegreen/testkit/databases/postgres";
import { startRedis } from "@bluegreen/testkit/databases/redis";
import type { Database } from "@bluegreen/testkit/databases/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDependency } from "../src/checks/dependency.ts";
import { listen, localContainer, localSubject } from "./local-subject.ts";

/** Folders with nothing but a shell and one program that opens connections. */
const programs = ["node", "python3", "bash", "nc"] as const;

/** A version manager's shim is a script, and of no use without all that it calls. */
function pathOf(program: string): string {
  const [command, args] =
    program === "python3"
      ? ["python3", ["-c", "import sys; print(sys.executable)"]]
      : ["which", [program === "nc" ? "busybox" : program]];
  return execFileSync(command as string, args as string[])
    .toString()
    .trim();
}

describe("a dependency, asked from inside the candidate", () => {
  let postgres: Postgres;
  let redis: Database;
  const paths: Record<string, string> = {};

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres("docker"), startRedis("docker")]);
    for (const program of [...programs, "none"]) {
      const folder = await mkdtemp(join(tmpdir(), "bluegreen-path-"));
      paths[program] = folder;
      const needed = program === "none" ? ["sh"] : ["sh", "cat", program];
      for (const name of needed) await symlink(pathOf(name), join(folder, name));
    }
  });

  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.stop()]);
    await Promise.all(Object.values(paths).map((folder) => rm(folder, { recursive: true })));
  });

  const ask = (type: DependencyCheckSettings["type"], URL: string | undefined, PATH = process.env.PATH ?? "") => {
    const check = { kind: "dependency", service: "web", type, from: "URL", timeout: "10s" } as const;
    return checkDependency(check, localSubject({ containers: [localContainer({ ...(URL ? { URL } : {}), PATH })] }));
  };

  it.each(programs)("is reached by %s", async (program) => {
    const PATH = paths[program];
    expect(await ask("postgres", postgres.url, PATH)).toMatchObject({ result: "passed" });
    expect(await ask("redis", redis.url, PATH)).toMatchObject({ result: "passed" });
    expect(await ask("tcp", `${redis.host}:${redis.port}`, PATH)).toMatchObject({ result: "passed" });
    expect(await ask("tcp", `${redis.host}:1`, PATH)).toMatchObject({ result: "failed" });
    expect(await ask("redis", `redis://${redis.host}:1`, PATH)).toMatchObject({ result: "failed" });
  });

  it("fails with a wrong password, which nothing repeats", async () => {
    for (const [type, { url, password }] of [
      ["postgres", postgres],
      ["redis", redis],
    ] as const) {
      const finding = await ask(type, url.replace(password, "hunter2"));
      expect(finding).toMatchObject({ result: "failed", detail: expect.stringMatching(/auth|WRONGPASS|password/i) });
      expect(finding.detail).not.toContain("hunter2");
    }
  });

  it("fails with a database that is not there", async () => {
    const finding = await ask("postgres", postgres.url.replace("/postgres?", "/nowhere?"));
    expect(finding).toMatchObject({ result: "failed", detail: expect.stringContaining("nowhere") });
  });

  it("fails when it accepts connections and says nothing", async () => {
    const silent = createServer((socket) => socket.on("error", () => {}).resume());
    const url = `127.0.0.1:${await listen(silent)}`;
    const check = { kind: "dependency", service: "web", from: "URL", timeout: "1s" } as const;
    const containers = [localContainer({ URL: url })];
    for (const type of ["postgres", "redis"] as const) {
      const finding = await checkDependency({ ...check, type }, localSubject({ containers }));
      expect(finding).toMatchObject({ result: "failed" });
    }
    await new Promise((resolve) => silent.close(resolve));
  });

  it("is inconclusive where the container can't tell, and says so", async () => {
    expect(await ask("postgres", undefined)).toMatchObject({
      result: "inconclusive",
      detail: expect.stringContaining("has no URL"),
    });
    const check = { kind: "dependency", service: "chat", type: "tcp", from: "URL", timeout: "1s" } as const;
    expect(await checkDependency(check, localSubject({}))).toMatchObject({ result: "inconclusive" });
  });

  it("says when the container has no program that could connect", async () => {
    const finding = await ask("tcp", `${redis.host}:${redis.port}`, paths.none);
    expect(finding).toMatchObject({ result: "failed", detail: expect.stringContaining("no program that opens") });
  });
});
