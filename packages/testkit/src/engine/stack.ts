import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AttachedPlugins } from "./attached.ts";
import { type CommandResult, RunningCommand } from "./command.ts";

export interface RunOptions {
  /** Further arguments for the CLI. */
  args?: string[];
  env?: Record<string, string | undefined>;
  /** Deadline in milliseconds. @default 600000 */
  timeoutMs?: number;
}

export interface UpOptions extends RunOptions {
  /** URNs. */
  target?: string[];
  refresh?: boolean;
  /** Show the preview first, as a person would see it. @default false */
  withPreview?: boolean;
}

export interface PreviewOptions extends RunOptions {
  diff?: boolean;
  json?: boolean;
  refresh?: boolean;
}

/** One resource as `pulumi stack export` has it; only what tests look at. */
export interface ResourceState {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  /** `<urn>::<id>` of its provider. */
  provider?: string;
  initErrors?: string[];
}

/** What `pulumi stack export` prints. */
export interface Exported {
  version: number;
  deployment: { resources?: ResourceState[]; pending_operations?: unknown[] | null };
}

export interface StackOptions {
  name: string;
  dir: string;
  env: Record<string, string | undefined>;
  attach: boolean;
}

/** Commands of the engine that start plugins. */
const withPlugins = ["up", "preview", "refresh", "destroy"];

/** One stack on the real engine. Every method runs the CLI, bounded in time, and returns however it ended. */
export class Stack {
  name: string;
  removed = false;
  readonly dir: string;
  readonly #env: Record<string, string | undefined>;
  readonly #attached: AttachedPlugins | undefined;

  constructor({ name, dir, env, attach }: StackOptions) {
    this.name = name;
    this.dir = dir;
    this.#env = env;
    const program = process.env.BLUEGREEN_ATTACH_PLUGINS;
    if (attach && program) this.#attached = new AttachedPlugins(program, dir, env);
  }

  /** Creates the stack unless it exists. */
  async ensure(): Promise<this> {
    (await this.run(["stack", "select", "--create", this.name], { stackFlag: false })).orThrow();
    return this;
  }

  async config(key: string, value: string, { secret = false, path = false } = {}): Promise<CommandResult> {
    const flags = [secret ? "--secret" : "--plaintext", ...(path ? ["--path"] : [])];
    return (await this.run(["config", "set", ...flags, key, "--", value])).orThrow();
  }

  async removeConfig(key: string, { path = false } = {}): Promise<CommandResult> {
    return (await this.run(["config", "rm", ...(path ? ["--path"] : []), key])).orThrow();
  }

  up(options: UpOptions = {}): Promise<CommandResult> {
    return this.run(upArguments(options), options);
  }

  preview(options: PreviewOptions = {}): Promise<CommandResult> {
    const { diff = false, json = false, refresh = false } = options;
    const flags = [diff && "--diff", json && "--json", refresh && "--refresh"].filter((flag) => flag !== false);
    return this.run(["preview", ...flags], options);
  }

  refresh(options: RunOptions = {}): Promise<CommandResult> {
    return this.run(["refresh", "--yes", "--skip-preview"], options);
  }

  destroy(options: RunOptions = {}): Promise<CommandResult> {
    return this.run(["destroy", "--yes", "--skip-preview"], options);
  }

  /** `pulumi cancel`: takes away the lock of a run that was killed. */
  cancel(options: RunOptions = {}): Promise<CommandResult> {
    return this.run(["cancel", "--yes"], options);
  }

  /**
   * The state as recorded; secrets stay encrypted unless `showSecrets`. What is not to be decrypted is read where the file
   * backend keeps it: tests look at it hundreds of times, and starting the CLI takes a fifth of a second of a processor.
   */
  async export({ showSecrets = false } = {}): Promise<Exported> {
    if (!showSecrets) return this.#checkpoint();
    const result = await this.run(["stack", "export", "--show-secrets"]);
    return JSON.parse(result.orThrow().stdout) as Exported;
  }

  /** The resource with that name (last part of its URN), and type if given. @throws if there is not exactly one */
  async resource(name: string, type?: string): Promise<ResourceState> {
    const all = (await this.export()).deployment.resources ?? [];
    const found = all.filter((resource) => resource.urn.endsWith(`::${name}`) && (!type || resource.type === type));
    if (found.length === 1) return found[0]!;
    const there = all.map((resource) => resource.urn.split("::").slice(-2).join("::")).join(", ");
    throw new Error(
      `stack ${this.name} has ${found.length} resources "${name}"${type ? ` of ${type}` : ""}; it has: ${there}`,
    );
  }

  async outputs({ showSecrets = false } = {}): Promise<Record<string, unknown>> {
    const result = await this.run(["stack", "output", "--json", ...(showSecrets ? ["--show-secrets"] : [])]);
    return JSON.parse(result.orThrow().stdout) as Record<string, unknown>;
  }

  async rename(name: string): Promise<CommandResult> {
    const result = (await this.run(["stack", "rename", name])).orThrow();
    this.name = name;
    return result;
  }

  /** Forgets the stack; it must have been destroyed. */
  async remove(): Promise<CommandResult> {
    const result = (await this.run(["stack", "rm", "--yes"])).orThrow();
    this.removed = true;
    return result;
  }

  /** Loses the state of a stack whose resources live on, as a new backend or a new stack would; its config stays. */
  async forget(): Promise<this> {
    (await this.run(["stack", "rm", "--yes", "--force", "--preserve-config"])).orThrow();
    return this.ensure();
  }

  /** Starts a command and returns at once: for waiting for a line, killing, and racing. */
  start(command: "up" | "preview" | "refresh" | "destroy", options: UpOptions = {}): RunningCommand {
    if (command === "up") return this.startUp(options);
    const flags = command === "preview" ? [] : ["--yes", "--skip-preview"];
    return this.#start([command, ...flags], options);
  }

  startUp(options: UpOptions = {}): RunningCommand {
    return this.#start(upArguments(options), options);
  }

  /**
   * Any command of the CLI. Its engine attaches to plugins that run already, if the stack has them; it does not for a run
   * that is started to be watched or killed, nor for one with an environment of its own.
   */
  run(args: string[], options: RunOptions & { stackFlag?: boolean } = {}): Promise<CommandResult> {
    const plugins = !options.env && withPlugins.includes(args[0] ?? "") ? this.#attached : undefined;
    if (!plugins) return this.#start(args, options).result;
    return plugins.use((more) => this.#start(args, { ...options, env: more }).result);
  }

  /** Ends what its runs have left running on purpose. */
  close(): void {
    this.#attached?.stop();
  }

  async #checkpoint(): Promise<Exported> {
    const folder = join(fileURLToPath(this.#env.PULUMI_BACKEND_URL ?? ""), ".pulumi", "stacks");
    const [file, ...others] = globSync(`*/${this.name}.json`, { cwd: folder });
    if (!file || others.length > 0)
      throw new Error(`${folder} has ${file ? "several stacks" : "no stack"} ${this.name}`);
    const { version, checkpoint } = JSON.parse(await readFile(join(folder, file), "utf8"));
    return { version, deployment: checkpoint.latest ?? {} };
  }

  #start(args: string[], options: RunOptions & { stackFlag?: boolean }): RunningCommand {
    const { args: more = [], env, timeoutMs = 600_000, stackFlag = true } = options;
    const common = ["--non-interactive", "--color", "never", ...(stackFlag ? ["--stack", this.name] : [])];
    // Behind "--" everything is a value, so the flags go in front of it.
    const dashes = args.indexOf("--");
    const at = dashes === -1 ? args.length : dashes;
    const all = [...args.slice(0, at), ...common, ...more, ...args.slice(at)];
    return new RunningCommand("pulumi", all, { cwd: this.dir, env: { ...this.#env, ...env }, timeoutMs });
  }
}

function upArguments({ target = [], refresh = false, withPreview = false }: UpOptions): string[] {
  const flags = [...(withPreview ? [] : ["--skip-preview"]), ...(refresh ? ["--refresh"] : [])];
  return ["up", "--yes", ...flags, ...target.flatMap((urn) => ["--target", urn])];
}
