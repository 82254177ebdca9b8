import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootstrap, executable, temporaryFolder } from "./fixture.ts";

const { chooseEngine } = await bootstrap("pulumi-engine");
const version = "3.255.0";
const sdkVersion = "3.256.0";
const works = (text: string) => `echo ${text}`;

/** A machine with nothing on it: every way can be given a fake. */
async function machine() {
  const folder = await temporaryFolder();
  const at = (path: string) => join(folder, path);
  const built = join("cache", `pulumi-${sdkVersion}-go`, "pulumi");
  const launcher = at("launcher.cjs");
  await writeFile(launcher, "process.exit(1)");
  const choose = (env: Record<string, string> = {}) =>
    chooseEngine({
      version,
      sdkVersion,
      launcher,
      cache: at("cache"),
      home: at("home"),
      env: { PATH: [at("bin"), "/usr/bin", "/bin"].join(":"), ...env },
    });
  return {
    at,
    launcher,
    choose,
    put: (path: string, text = `v${version}`) => executable(at(path), works(text)),
    putBuilt: () => executable(at(built), works(`v${sdkVersion}`)),
  };
}

describe("the Pulumi engine is chosen", () => {
  test("from PATH when it is recent and has its language host beside it", async () => {
    const { at, put, putBuilt, choose } = await machine();
    await put("bin/pulumi", "v3.201.1");
    await put("bin/pulumi-language-nodejs");
    await put(`home/.pulumi/versions/${version}/bin/pulumi`);
    await putBuilt();
    expect(await choose()).toEqual({ kind: "path", cli: at("bin/pulumi"), version: "3.201.1", languageHost: true });
  });

  test.for([
    ["too old", "v3.199.0"],
    ["of another major version", "v4.0.0"],
    ["not Pulumi at all", "hello"],
  ] as const)("not from PATH when it is %s", async ([, says]) => {
    const { put, putBuilt, choose } = await machine();
    await put("bin/pulumi", says);
    await put("bin/pulumi-language-nodejs");
    await putBuilt();
    expect((await choose()).kind).toBe("build");
  });

  test("not from PATH when its language host is missing", async () => {
    const { put, putBuilt, choose } = await machine();
    await put("bin/pulumi");
    await putBuilt();
    expect((await choose()).kind).toBe("build");
  });

  test.for([
    ["node_modules/.bin", "where the launcher that downloads lies"],
    [".bluegreen/bin", "where our stand-ins lie"],
  ] as const)("not from %s, %s", async ([folder]) => {
    const { at, put, putBuilt, choose } = await machine();
    await put(`${folder}/pulumi`);
    await put(`${folder}/pulumi-language-nodejs`);
    await putBuilt();
    expect((await choose({ PATH: `${at(folder)}:/usr/bin:/bin` })).kind).toBe("build");
  });

  test("from the launcher's version cache, in PULUMI_HOME before the home folder", async () => {
    const { at, put, putBuilt, choose } = await machine();
    await putBuilt();
    const inHome = await put(`home/.pulumi/versions/${version}/bin/pulumi`);
    expect(await choose()).toEqual({ kind: "cache", cli: inHome, version, languageHost: false });
    const named = await put(`named/versions/${version}/bin/pulumi`);
    await put(`named/versions/${version}/bin/pulumi-language-nodejs`);
    expect(await choose({ PULUMI_HOME: at("named") })).toEqual({
      kind: "cache",
      cli: named,
      version,
      languageHost: true,
    });
  });

  test("from the official download, which is kept for the next run", async () => {
    const { at, launcher, choose } = await machine();
    await writeFile(
      launcher,
      `const { mkdirSync, writeFileSync } = require("node:fs");
       const bin = process.env.PULUMI_HOME + "/versions/${version}/bin";
       mkdirSync(bin, { recursive: true });
       for (const name of ["pulumi", "pulumi-language-nodejs"])
         writeFileSync(bin + "/" + name, "#!/bin/sh\\necho v${version}\\n", { mode: 0o755 });`,
    );
    const cli = at(`cache/pulumi-official/versions/${version}/bin/pulumi`);
    expect(await choose()).toEqual({ kind: "download", cli, version, languageHost: true });
    expect(await choose()).toEqual({ kind: "cache", cli, version, languageHost: true });
    expect(readdirSync(at("cache"))).toEqual(["pulumi-official"]);
  });

  test("by building after a failed download, which is not tried again for a day", async () => {
    const { at, launcher, putBuilt, choose } = await machine();
    await putBuilt();
    await writeFile(launcher, `require("node:fs").appendFileSync("${at("calls")}", "x"); process.exit(1)`);
    expect((await choose()).kind).toBe("build");
    expect((await choose()).kind).toBe("build");
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(at("calls"), "utf8")).toBe("x");
  });

  test("as BLUEGREEN_ENGINE says, or not at all", async () => {
    const { put, putBuilt, choose } = await machine();
    await put("bin/pulumi");
    await put("bin/pulumi-language-nodejs");
    await putBuilt();
    expect((await choose({ BLUEGREEN_ENGINE: "build" })).kind).toBe("build");
    await expect(choose({ BLUEGREEN_ENGINE: "cache" })).rejects.toThrow(
      "BLUEGREEN_ENGINE=cache found no usable Pulumi engine",
    );
    await expect(choose({ BLUEGREEN_ENGINE: "magic" })).rejects.toThrow('BLUEGREEN_ENGINE is "magic"');
  });

  test("without writing anything into the user's own Pulumi home", async () => {
    const { at, put, putBuilt, choose } = await machine();
    await putBuilt();
    await executable(
      at(`home/.pulumi/versions/${version}/bin/pulumi`),
      `touch "$PULUMI_HOME/written" 2>/dev/null; exit 1`,
    );
    await put("bin/pulumi", "nothing");
    await choose({ PULUMI_HOME: at("home/.pulumi") });
    expect(readdirSync(at("home/.pulumi"))).toEqual(["versions"]);
    expect(existsSync(at("home/.pulumi/written"))).toBe(false);
  });
});
