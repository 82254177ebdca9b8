import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { bootstrap, temporaryFolder } from "./fixture.ts";

const { unitsOf, usersOf, withoutServices } = await bootstrap("quiet-services");
const { isDebian } = await bootstrap("docker-install");
const { ensurePrivate } = await bootstrap("private-folder");
const { knownStacks } = await bootstrap("stacks");
const { stackConfigs } = await bootstrap("verbs/clean");

describe("while Debian's packages are installed", () => {
  test("nothing of theirs is started, and a policy that was there is put back", async () => {
    const file = join(await temporaryFolder(), "policy-rc.d");
    const during = async () => expect(await readFile(file, "utf8")).toContain("exit 101");
    await withoutServices(during, { file });
    await expect(stat(file)).rejects.toThrow("ENOENT");
    await writeFile(file, "theirs");
    await withoutServices(during, { file });
    expect(await readFile(file, "utf8")).toBe("theirs");
    await expect(withoutServices(() => Promise.reject(new Error("apt failed")), { file })).rejects.toThrow(
      "apt failed",
    );
    expect(await readFile(file, "utf8")).toBe("theirs");
  });

  test("what a killed run has put aside is put back", async () => {
    const file = join(await temporaryFolder(), "policy-rc.d");
    const ours = await withoutServices(() => readFile(file, "utf8"), { file });
    await writeFile(file, ours);
    await writeFile(`${file}.bluegreen`, "theirs");
    await withoutServices(async () => expect(await readFile(file, "utf8")).toBe(ours), { file });
    expect(await readFile(file, "utf8")).toBe("theirs");
  });

  test("their services are known by their files; templates have no instance yet", async () => {
    const info = await temporaryFolder();
    const units = ["prometheus.service", "prometheus.socket", "postgres@.service"];
    await writeFile(join(info, "one:amd64.list"), units.map((unit) => `/lib/systemd/system/${unit}\n`).join(""));
    await writeFile(join(info, "one-more.list"), "/usr/lib/systemd/system/other.timer\n/usr/bin/other\n");
    expect(unitsOf(["one"], info)).toEqual(["prometheus.service", "prometheus.socket"]);
    expect(unitsOf(["one-more", "none"], info)).toEqual(["other.timer"]);
  });

  test.runIf(isDebian())("none is taken away from under a process that runs it", async () => {
    expect(await usersOf([])).toEqual([]);
    const child = spawn("/bin/sleep", ["60"]);
    onTestFinished(() => void child.kill());
    await once(child, "spawn");
    expect((await usersOf(["coreutils"])).join("\n")).toMatch(new RegExp(`process ${child.pid} runs \\S*/sleep`));
  });
});

test("only configs of stacks whose state is here are removed", async () => {
  const [state, configs] = [await temporaryFolder(), await temporaryFolder()];
  await mkdir(join(state, ".pulumi", "stacks", "bluegreen"), { recursive: true });
  for (const name of ["demo.json", "demo.json.bak"])
    await writeFile(join(state, ".pulumi", "stacks", "bluegreen", name), "{}");
  for (const name of ["demo", "production"]) await writeFile(join(configs, `Pulumi.${name}.yaml`), "");
  expect(knownStacks(state)).toEqual(["demo"]);
  expect(stackConfigs(knownStacks(state), configs)).toEqual([join(configs, "Pulumi.demo.yaml")]);
});

describe("a folder whose name anybody can foretell", () => {
  test("is made for this user alone, and used again", async () => {
    const folder = join(await temporaryFolder(), "private");
    for (const _ of [1, 2]) ensurePrivate(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  test("is refused when it is another's, a link, or written to by others", async () => {
    const folder = join(await temporaryFolder(), "private");
    await mkdir(folder, { mode: 0o700 });
    expect(() => ensurePrivate(folder, 4_242)).toThrow(/is of user \d+, .* user 4242 alone/);
    await chmod(folder, 0o777);
    expect(() => ensurePrivate(folder)).toThrow("mode 777");
    await symlink(folder, `${folder}-link`);
    expect(() => ensurePrivate(`${folder}-link`)).toThrow("no folder");
    await writeFile(`${folder}-file`, "");
    expect(() => ensurePrivate(`${folder}-file`)).toThrow("no folder");
  });
});
