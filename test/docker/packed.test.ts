import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@bluegreen/testkit/docker/engine";
import { createProject, root, type Stack } from "@bluegreen/testkit/engine/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask } from "../support/shop.ts";
import { traffic } from "../support/traffic.ts";

const run = promisify(execFile);
const pnpm = ["-y", "pnpm@10.34.8"];
/** Both ends of what the package says that it works with: the peer range's own, and what the checkout has. */
const oldest = versionIn("packages/pulumi", "peerDependencies").replace(/^\^/, "");
const newest = versionIn(".", "devDependencies");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** The programs of `examples/`, which are also what a reader copies. */
const examples = {
  "JavaScript (CommonJS)": "commonjs",
  "JavaScript (ESM)": "esm",
  "TypeScript (type stripping)": "typescript",
};

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

      it.runIf(manager === "npm")("brings nothing of another platform's, and builds nothing", async () => {
        const { packages } = JSON.parse(await readFile(join(installed, "package-lock.json"), "utf8"));
        const names = Object.keys(packages);
        expect(names.length).toBeGreaterThan(100);
        expect(names.filter((name) => /kubernetes|ssh2|cpu-features/.test(name))).toEqual([]);
        // The one fetches Pulumi's plugin, the other one looks at a version.
        const scripts = names.filter((name) => packages[name].hasInstallScript);
        expect(scripts).toEqual(["node_modules/@pulumi/command", "node_modules/protobufjs"]);
      });

      // What a first deployment loads from the installation is what a switch does, too: one of them is enough for that.
      const [does, work] = manager === "npm" ? ["previews and switches", deployAndSwitch] : ["deploys", deploy];
      for (const [kind, example] of Object.entries(examples)) {
        it.concurrent(`${does} from a program in ${kind}`, () => work(installed, example));
      }
    });
  }

  it.each(["npm", "pnpm"] as const)(
    "wrapped by a company's package in a workspace of %s, which alone can see it, deploys",
    async (manager) => {
      const installed = join(folder, `company-${manager}`);
      await installWrapped(manager, installed, tarballs);
      await expect(stat(join(installed, "node_modules", "@bluegreen"))).rejects.toThrow("ENOENT");
      await deploy(installed, "esm", undefined, async (dir) => {
        const [program, manifest] = ["index.js", "package.json"].map((name) => join(dir, name)) as [string, string];
        await writeFile(program, (await readFile(program, "utf8")).replaceAll("@bluegreen/pulumi", wrapper));
        // What the program uses is listed by the workspace's root, if not by itself.
        const dependencies = manager === "npm" ? {} : { [wrapper]: "*" };
        await writeFile(manifest, JSON.stringify({ private: true, type: "module", dependencies }));
      });
    },
  );
});

/** The SDK's version in one of the repository's manifests. */
function versionIn(folder: string, among: "peerDependencies" | "devDependencies"): string {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return manifest[among]["@pulumi/pulumi"];
}

const wrapper = "@acme/platform";

/** As strict as each manager gets: nobody finds what is not among his own dependencies. */
async function installWrapped(
  manager: "npm" | "pnpm",
  dir: string,
  { core, pulumi }: { core: string; pulumi: string },
) {
  const platform = join(dir, "platform");
  await mkdir(platform, { recursive: true });
  const own = { "@pulumi/docker": "5.2.0", "@pulumi/pulumi": newest };
  const write = (path: string, content: object) => writeFile(join(path, "package.json"), JSON.stringify(content));
  const overrides = { "@bluegreen/core": `file:${core}` };
  const byNpm = { workspaces: ["platform"], overrides };
  const root = { private: true, ...(manager === "npm" ? byNpm : {}) };
  await write(dir, { ...root, dependencies: { ...own, [wrapper]: manager === "npm" ? "1.0.0" : "workspace:*" } });
  const wraps = { ...own, "@bluegreen/pulumi": `file:${pulumi}` };
  await write(platform, {
    name: wrapper,
    version: "1.0.0",
    type: "module",
    exports: { ".": "./index.js", "./*": "./*.js" },
    dependencies: wraps,
  });
  for (const entry of ["index", "docker", "checks"]) {
    const from = `@bluegreen/pulumi${entry === "index" ? "" : `/${entry}`}`;
    await writeFile(join(platform, `${entry}.js`), `export * from "${from}";\n`);
  }
  const workspace = `packages: [platform]\nhoist: false\noverrides:\n  "@bluegreen/core": "file:${core}"\n`;
  if (manager === "pnpm") await writeFile(join(dir, "pnpm-workspace.yaml"), workspace);
  const nested = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--install-strategy=nested"];
  const [command = "", ...args] = manager === "npm" ? nested : ["npx", ...pnpm, "install"];
  await run(command, args, { cwd: dir, timeout: 200_000 });
}

async function install(manager: "npm" | "pnpm", dir: string, { core, pulumi }: { core: string; pulumi: string }) {
  const dependencies = {
    "@pulumi/docker": "5.2.0",
    "@pulumi/pulumi": oldest,
    "@bluegreen/core": `file:${core}`,
    "@bluegreen/pulumi": `file:${pulumi}`,
  };
  await writeFile(join(dir, "package.json"), JSON.stringify({ private: true, dependencies }));
  // Without the override pnpm looks for the core package, of which there is no published version yet, in a registry.
  const workspace = `overrides:\n  "@bluegreen/core": "file:${core}"\n`;
  if (manager === "pnpm") await writeFile(join(dir, "pnpm-workspace.yaml"), workspace);
  const command =
    manager === "npm" ? ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"] : ["npx", ...pnpm, "install"];
  await run(command[0]!, command.slice(1), { cwd: dir, timeout: 200_000 });
}

interface Deployed {
  readonly stack: Stack;
  readonly url: string;
  /** Writes stack config. */
  wish(activeColor: string): Promise<void>;
}

/** Deploys blue from an example, edited if need be, does what is to be done then, and takes it all away again. */
async function deploy(
  installed: string,
  example: string,
  andThen?: (deployed: Deployed) => Promise<void>,
  edit?: (dir: string) => Promise<void>,
) {
  // A copy of the example in a folder of its own below the installation: Node looks for packages further up.
  const dir = await mkdtemp(join(installed, "project-"));
  const source = join(root, "examples", example);
  await cp(source, dir, { recursive: true, filter: (file) => !file.includes("node_modules") });
  await edit?.(dir);
  const project = await createProject({ dir });
  const port = await portWithTwoMore();
  const wish = async (activeColor: string) => {
    const routerImage = process.env.BLUEGREEN_CADDY_IMAGE;
    const image = "localhost/bluegreen/shop";
    const entries = { activeColor, blue: "1.0.0", green: "1.1.0", image, port, routerImage };
    const lines = Object.entries(entries).map(([key, value]) => `  example-${example}:${key}: "${value}"\n`);
    await writeFile(join(dir, "Pulumi.dev.yaml"), `config:\n${lines.join("")}`);
  };
  try {
    const stack = await project.stack("dev");
    await wish("blue");
    (await stack.up()).orThrow();
    const url = `http://127.0.0.1:${port}`;
    expect(await ask(url)).toMatchObject({ status: 200, color: "blue" });
    await andThen?.({ stack, url, wish });
  } finally {
    await project.remove();
  }
}

const deployAndSwitch = (installed: string, example: string) =>
  deploy(installed, example, async ({ stack, url, wish }) => {
    const load = await traffic(url);
    await wish("green");
    expect((await stack.preview({ diff: true })).orThrow().output).toContain('activeColor: "blue" => "green"');
    (await stack.up()).orThrow();
    expect(await ask(url)).toMatchObject({ status: 200, color: "green", version: "1.1.0" });
    expect(await stack.outputs()).toMatchObject({ url });
    expect((await load.stop()).failuresByReason).toEqual({});
  });

/** The examples leave the colors' ports to the default, the two after the live one. */
async function portWithTwoMore(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = await freePort();
    if ((await isFree(port + 1)) && (await isFree(port + 2))) return port;
  }
  throw new Error("no three free ports in a row on 127.0.0.1");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
