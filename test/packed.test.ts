import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@bluegreen/testbed/docker/engine";
import { createProject, root } from "@bluegreen/testbed/engine/pulumi";
import { startLoad } from "@bluegreen/testbed/load/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "./support/shop.ts";

const run = promisify(execFile);
const pnpm = ["-y", "pnpm@10.34.8"];
const bin = (name: string) => join(root, "node_modules", ".bin", name);

const body = `
const config = new Config();
const port = config.requireNumber("port");
const release = (color, version) => ({ version, images: { web: "localhost/bluegreen/shop:" + version } });
const app = new BlueGreenApp("packed", {
  activeColor: config.require("activeColor"),
  releases: { blue: release("blue", "1.0.0"), green: release("green", "1.1.0") },
  services: { web: { port: 8080, ready: "/health/ready" } },
  platform: docker(),
  router: caddy({
    expose: "web",
    port,
    bind: "127.0.0.1",
    colorPorts: { blue: config.requireNumber("bluePort"), green: config.requireNumber("greenPort") },
    image: process.env.BLUEGREEN_CADDY_IMAGE,
  }),
  gates: [http({ path: "/health/ready", interval: "100ms" }), command({ run: "test $BLUEGREEN_COLOR" })],
  verification: { bake: "0s" },
});
`;
const names = "BlueGreenApp, caddy, command, docker, http";

/** The same program three times; `typescript: false` means that Node strips the types by itself. */
const programs = {
  "JavaScript (CommonJS)": {
    main: "index.js",
    type: "commonjs",
    text: `const { Config } = require("@pulumi/pulumi");\nconst { ${names} } = require("@bluegreen/pulumi");\n${body}exports.url = app.url;\n`,
  },
  "JavaScript (ESM)": {
    main: "index.js",
    type: "module",
    text: `import { Config } from "@pulumi/pulumi";\nimport { ${names} } from "@bluegreen/pulumi";\n${body}export const url = app.url;\n`,
  },
  "TypeScript (type stripping)": {
    main: "index.ts",
    type: "module",
    text:
      `import { Config, type Output } from "@pulumi/pulumi";\n` +
      `import { type BlueGreenAppArgs, ${names} } from "@bluegreen/pulumi";\n` +
      `${body.replace("(color, version) =>", '(color: "blue" | "green", version: string): BlueGreenAppArgs["releases"]["blue"] & {} =>')}` +
      `export const url: Output<string> = app.url;\n`,
  },
} as const;

describe("the packed package", () => {
  let folder: string;
  let tarballs: { core: string; pulumi: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-packed-"));
    for (const name of ["core", "pulumi"]) {
      await run("npx", [...pnpm, "pack", "--pack-destination", folder], { cwd: join(root, "packages", name) });
    }
    const files = await readdir(folder);
    const path = (name: string) => join(folder, files.find((file) => file.startsWith(`bluegreen-${name}-`))!);
    tarballs = { core: path("core"), pulumi: path("pulumi") };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("satisfies publint and are-the-types-wrong", async () => {
    for (const tarball of Object.values(tarballs)) {
      const publint = await run(bin("publint"), ["run", tarball, "--strict"]);
      expect(publint.stdout).toContain("All good!");
      const attw = await run(bin("attw"), [tarball, "--profile", "esm-only", "--no-emoji"]);
      expect(attw.stdout).toContain("OK (ESM)");
    }
  });

  for (const manager of ["npm", "pnpm"] as const) {
    describe(`installed by ${manager}`, () => {
      let installed: string;
      beforeAll(async () => {
        installed = join(folder, manager);
        await mkdir(installed);
        await install(manager, installed, tarballs);
      });

      for (const [kind, program] of Object.entries(programs)) {
        it(`previews and switches from a program in ${kind}`, () => previewAndSwitch(installed, program));
      }
    });
  }
});

async function install(manager: "npm" | "pnpm", dir: string, { core, pulumi }: { core: string; pulumi: string }) {
  const dependencies = {
    "@pulumi/pulumi": "3.255.0",
    "@bluegreen/core": `file:${core}`,
    "@bluegreen/pulumi": `file:${pulumi}`,
  };
  await writeFile(join(dir, "package.json"), JSON.stringify({ private: true, dependencies }));
  // Without the override pnpm looks for the core package, of which there is no published version yet, in a registry.
  const workspace = `overrides:\n  "@bluegreen/core": "file:${core}"\n`;
  if (manager === "pnpm") await writeFile(join(dir, "pnpm-workspace.yaml"), workspace);
  const command = manager === "npm" ? ["npm", "install", "--no-audit", "--no-fund"] : ["npx", ...pnpm, "install"];
  await run(command[0]!, command.slice(1), { cwd: dir, timeout: 200_000 });
}

/** A project in a folder of its own below the installation: Node looks for packages further up. */
async function previewAndSwitch(
  installed: string,
  { main, type, text }: { main: string; type: string; text: string },
): Promise<void> {
  const dir = await mkdtemp(join(installed, "project-"));
  await writeFile(
    join(dir, "Pulumi.yaml"),
    `name: packed\nmain: ${main}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
  );
  await writeFile(join(dir, "package.json"), JSON.stringify({ private: true, type }));
  await writeFile(join(dir, main), text);
  const project = await createProject({ dir });
  const [port, blue, green] = [await freePort(), await freePort(), await freePort()];
  const configure = async (activeColor: string) => {
    const entries = { activeColor, port, bluePort: blue, greenPort: green };
    const lines = Object.entries(entries).map(([key, value]) => `  packed:${key}: "${value}"\n`);
    await writeFile(join(dir, "Pulumi.dev.yaml"), `config:\n${lines.join("")}`);
  };
  try {
    const stack = await project.stack("dev");
    await configure("blue");
    (await stack.up()).orThrow();
    const url = `http://127.0.0.1:${port}`;
    expect(await ask(url)).toMatchObject({ status: 200, color: "blue" });
    const load = await startLoad({ url, rate: 50 });

    await configure("green");
    expect((await stack.preview({ diff: true })).orThrow().output).toContain('activeColor: "blue" => "green"');
    (await stack.up()).orThrow();
    expect(await ask(url)).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await stack.outputs()).toMatchObject({ url });
    expect((await load.stop()).failuresByReason).toEqual({});
  } finally {
    await project.remove();
  }
}
