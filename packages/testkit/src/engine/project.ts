import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Stack } from "./stack.ts";

/** The checkout; its node_modules is what programs in temporary projects resolve their imports from. */
export const root = resolve(fileURLToPath(new URL("../../../..", import.meta.url)));

export interface ProjectOptions {
  /** The program's source text; written to `main`. */
  program?: string;
  /** File name of the program: index.ts (Node's type stripping), index.js or index.cjs. @default "index.ts" */
  main?: string;
  /** More files, by path inside the project. */
  files?: Record<string, string>;
  /** Name in Pulumi.yaml. @default "testbed" */
  name?: string;
  /** An existing or new folder instead of a fresh one; what is in there is kept, `remove()` leaves it alone. */
  dir?: string;
  /** Added to the environment of every command. */
  env?: Record<string, string | undefined>;
  /** Pulumi backend. @default a `file://` folder of this project alone, so that tests do not meet each other */
  backend?: string;
  /**
   * Where stand-ins are used, its engines attach to plugins that run as long as the project, in one process that loads
   * each module but the program itself only once. For a program that is one module. @default false
   */
  attach?: boolean;
}

export interface Project {
  readonly dir: string;
  readonly env: Record<string, string | undefined>;
  /** Creates the stack, or finds it. */
  stack(name: string, options?: { env?: Record<string, string | undefined> }): Promise<Stack>;
  /** Writes or replaces a file of the project, e.g. the program's next version. */
  write(path: string, text: string): Promise<void>;
  /** Destroys what its stacks still have (errors are thrown after all were tried), then removes the folder. */
  remove(): Promise<void>;
}

/** A Pulumi project on disk, inside `.bluegreen/projects` unless `dir` says otherwise. */
export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  requireBootstrap();
  const projects = join(root, ".bluegreen", "projects");
  await mkdir(projects, { recursive: true });
  const dir = options.dir ? resolve(options.dir) : await mkdtemp(join(projects, `${options.name ?? "testbed"}-`));
  const main = options.main ?? "index.ts";
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  // Whose it is, for the bootstrap that cleans up after a run that was interrupted.
  if (!options.dir) await write(".run", process.env.BLUEGREEN_RUN ?? "");
  const files: Record<string, string> = options.dir ? {} : scaffold(options.name ?? "testbed", main);
  if (options.program !== undefined) files[main] = options.program;
  for (const [path, text] of Object.entries({ ...files, ...options.files })) await write(path, text);

  const state = join(dir, ".state");
  if (!options.backend) await mkdir(state, { recursive: true });
  const env = { PULUMI_BACKEND_URL: options.backend ?? `file://${state}`, ...options.env };
  const stacks: Stack[] = [];
  return {
    dir,
    env,
    write,
    async stack(name, { env: more } = {}) {
      const stack = new Stack({ name, dir, env: { ...env, ...more }, attach: options.attach ?? false });
      await stack.ensure();
      stacks.push(stack);
      return stack;
    },
    async remove() {
      const faults: unknown[] = [];
      for (const stack of stacks) {
        try {
          if (stack.removed) continue;
          const destroyed = await stack.destroy();
          if (!destroyed.output.includes("currently locked")) destroyed.orThrow();
          else {
            // A run that a test has killed left its lock.
            await stack.cancel();
            (await stack.destroy()).orThrow();
          }
        } catch (error) {
          faults.push(error);
        } finally {
          stack.close();
        }
      }
      if (faults.length > 0)
        throw new AggregateError(faults, `project ${basename(dir)} left resources behind: ${faults[0]}`);
      if (!options.dir) await rm(dir, { recursive: true, force: true });
    },
  };
}

function scaffold(name: string, main: string): Record<string, string> {
  return {
    "Pulumi.yaml": `name: ${name}\nmain: ${main}\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n`,
    // .cjs is CommonJS whatever this says.
    "package.json": `${JSON.stringify({ name, private: true, type: "module" })}\n`,
  };
}

/** Engine, plugins and Docker come from the bootstrap; without it a test would use whatever the machine has. */
function requireBootstrap(): void {
  if (process.env.PULUMI_HOME === join(root, ".bluegreen", "pulumi-home")) return;
  throw new Error(
    `PULUMI_HOME is ${process.env.PULUMI_HOME ?? "not set"}, so the bootstrap has not run
  → npm test -- <file>
  → or: node packages/bootstrap/main.mjs exec npx vitest run <file>`,
  );
}
