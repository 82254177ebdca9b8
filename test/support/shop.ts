import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, createProject, type Project, type Stack } from "@bluegreen/testkit/engine/pulumi";
import { ask } from "./ask.ts";
import {
  type Answered,
  type Backend,
  type Bed,
  bed,
  type Front,
  type Ground,
  type GroundOptions,
  type Json,
  type World,
} from "./bed.ts";
import { program } from "./program.ts";

export { ask };

/** What a test edits in the program (`shop.json`); see `program.ts` for how it is used. */
export interface Edits {
  /** Tag of the demo image a service, a color; or another image with its tag. */
  readonly images?: { readonly blue?: Record<string, string>; readonly green?: Record<string, string> };
  /** Settings of services; `web` is there without being named. */
  readonly services?: Record<string, Json>;
  /** Gates; one with `run` is a command, its `secretEnv` becomes secret outputs in its `env`. */
  readonly gates?: readonly Json[] | undefined;
  readonly verification?: Json;
  /** What going back to a release that was verified live has to show. @default what going on has to */
  readonly rollback?: Json;
  /** Secret outputs in the `env` of the verification's commands. */
  readonly checkEnv?: Record<string, string>;
  /** Migrations of the colors' releases, their phases as gates are. */
  readonly migrations?: { readonly blue?: Json; readonly green?: Json };
  readonly router?: Json;
  readonly platform?: Json;
  /** Where the program has a kubeconfig from, other than its environment. */
  readonly kubeconfig?: "given";
  /** A provider in the apps' options: for the engine at BLUEGREEN_THERE, or with a kubeconfig that is made. */
  readonly provider?: "docker" | "kubernetes";
  /** Transforms write this text on every Kubernetes object, and into each release's spec as its working directory. */
  readonly mark?: string;
  /** What a transform adds to the pods of each release. */
  readonly pod?: Json;
  /** A stack-wide Pulumi transform labels every container and pod with it, as `team`. */
  readonly stackTag?: string;
  /** What becomes of kept connections. @default null: backends stay the ones that they were */
  readonly drain?: Json;
  /** Names of config secrets that `web` gets. */
  readonly secrets?: readonly string[];
  /** Secret outputs that `web` gets which are not from config, so that the CLI does not know to mask them. */
  readonly secretValues?: Record<string, string>;
  /** Makes image references come from a resource, unknown in every preview in which this has another value. */
  readonly build?: string;
  /** Secret outputs among the plain variables (`env`) of `web`. */
  readonly secretEnv?: Record<string, string>;
  /** Instead of the one app "shop"; config `<name>Color`, where set, is the active color of one of them alone. */
  readonly apps?: readonly {
    readonly name: string;
    readonly router: Json;
    /** It depends on all apps before it. */
    readonly after?: boolean;
    /** Its active color is another resource's output. */
    readonly asks?: boolean;
    /** It had another name. */
    readonly formerly?: string;
  }[];
  /** Resource options of the apps. */
  readonly options?: Json;
  /** Commands of another color each: "smoke" depends on the app, "smoke-url" uses its address; they print the time. */
  readonly smoke?: boolean;
  /** Any further arguments of the component. */
  readonly args?: Json;
}

/** A fast gate, so that tests spend their time on what they test. */
export const quickGate = { path: "/health/ready", within: "3s", interval: "100ms" };

/** An app without a live address: beside `web`, which runs in both colors before a switch, a bot that may run only once. */
export const withBot = {
  images: { blue: { web: "1.0.0", bot: "1.0.0" }, green: { web: "1.1.0", bot: "1.1.0" } },
  services: { bot: {} },
  apps: [{ name: "shop", router: { kind: "none", exclusive: ["bot"] } }],
} as const satisfies Edits;

export interface ShopOptions extends GroundOptions {
  /** Whether its runs share one process of stand-ins; without, each starts its own as a user's does. @default true */
  readonly attach?: boolean;
}

/** One app on the real engine, a real platform and its real router, in a project of its own. */
export class Shop {
  readonly project: Project;
  readonly stack: Stack;
  readonly ground: Ground;
  readonly front: Front;
  private config: Record<string, string> = {};
  private edits: Edits;

  private constructor(project: Project, stack: Stack, ground: Ground, front: Front, edits: Edits) {
    this.project = project;
    this.stack = stack;
    this.ground = ground;
    this.front = front;
    this.edits = edits;
  }

  static async open(edits: Edits = {}, options: ShopOptions = {}, on: Bed = bed): Promise<Shop> {
    const { attach = true, ...place } = options;
    const ground = await on.open(place);
    const front = await ground.front("shop");
    const project = await createProject({ program, name: "shop", env: ground.env, attach });
    const stack = await project.stack("dev");
    const shop = new Shop(project, stack, ground, front, {
      images: { blue: { web: "1.0.0" }, green: { web: "1.1.0" } },
      gates: [quickGate],
      drain: null,
      apps: [{ name: "shop", router: front.router }],
      ...edits,
    });
    await shop.edit({});
    return shop;
  }

  get url(): string {
    return this.front.url;
  }

  /** Edits the program. */
  async edit(edits: Edits): Promise<void> {
    this.edits = { ...this.edits, ...edits };
    await this.project.write("shop.json", JSON.stringify({ place: this.ground.platform, ...this.edits }, null, 2));
  }

  /** Sets stack config, as `pulumi config set` writes it; `undefined` removes a key. */
  async set(values: Record<string, string | undefined>): Promise<void> {
    const path = join(this.project.dir, `Pulumi.${this.stack.name}.yaml`);
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) delete this.config[key];
      else this.config[key] = value;
    }
    const before = await readFile(path, "utf8").catch(() => "");
    const salt = before.split("\n").filter((line) => line.startsWith("encryptionsalt"));
    const lines = Object.entries(this.config).map(([key, value]) => `  shop:${key}: ${JSON.stringify(value)}`);
    await writeFile(path, `${[...salt, "config:", ...lines, ...secretEntries(before)].join("\n")}\n`);
  }

  /** Sets a secret by the real CLI, which encrypts it. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.stack.config(key, value, { secret: true });
  }

  /** `up`, and the result whatever it is. */
  async up(
    values: Record<string, string | undefined> = {},
    options: Parameters<Stack["up"]>[0] = {},
  ): Promise<CommandResult> {
    await this.set(values);
    return this.stack.up(options);
  }

  async preview(values: Record<string, string | undefined> = {}): Promise<CommandResult> {
    await this.set(values);
    return this.stack.preview({ diff: true });
  }

  /** The stack's first deployment: blue 1.0.0 live. */
  async deployBlue(): Promise<void> {
    (await this.up({ activeColor: "blue", blue: "1.0.0" })).orThrow();
  }

  /** Both colors there, blue live, green idle. */
  async deployBoth(): Promise<void> {
    (await this.up({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" })).orThrow();
  }

  /** One request through the live address on a new connection; status 0 when nothing answered. */
  ask(path = "/"): Promise<Answered> {
    return ask(`${this.url}${path}`, this.front.inside);
  }

  /** The process that answers one request through the live address. */
  async instance(): Promise<string> {
    return String(JSON.parse(await textOf(`${this.url}/`)).instance);
  }

  /** The color that state records as live, or `undefined` before the first cutover. */
  async recordedColor(): Promise<unknown> {
    const resources = (await this.stack.export()).deployment.resources ?? [];
    return resources.find((one) => one.urn.endsWith("::shop-cutover"))?.outputs?.activeColor;
  }

  /** Identity by which everything of the app is labelled. */
  async identity(): Promise<string> {
    return String((await this.stack.resource("shop-interlock")).outputs?.app);
  }

  /** The app as the platform itself shows it. */
  async world(): Promise<World> {
    return this.ground.world(await this.identity(), this.front);
  }

  async backends(color: string): Promise<Backend[]> {
    return (await this.world()).backends(color);
  }

  /** Ids of a color's containers or pods: the same as long as nobody touches the color. */
  async backendIds(color: string): Promise<string[]> {
    return (await this.backends(color)).map((one) => one.id).sort();
  }

  /** Environment that a service of a color is given, by the platform's word. */
  async environment(color: string, service = "web"): Promise<Record<string, string>> {
    return (await this.world()).environment(color, service);
  }

  /** The present attempt, as the interlock counts it. */
  async attempt(): Promise<number> {
    return Number((await this.stack.resource("shop-interlock")).outputs?.attempt);
  }

  /** When what depends on the app last ran, and what uses its address (`smoke`). */
  async smokes(): Promise<string[]> {
    const found = await Promise.all(["smoke", "smoke-url"].map((name) => this.stack.resource(name)));
    return found.map(({ outputs }) => String(outputs?.stdout));
  }

  /** What a preview would do, `create shop-green-web-1`, without what stays the same. @throws unless it ends with 0 */
  async previewSteps(values: Record<string, string | undefined> = {}): Promise<string[]> {
    await this.set(values);
    return (await this.changes()).map(({ step }) => step);
  }

  private async changes(): Promise<{ step: string; properties: string }[]> {
    const preview = await this.stack.preview({ json: true });
    const { steps } = JSON.parse(preview.orThrow().stdout) as { steps: Step[] };
    return steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn, diffReasons = [] }) => {
        return { step: `${op} ${urn.split("::").at(-1)}`, properties: diffReasons?.join(" ") ?? "" };
      });
  }

  /** An `up` with nothing to do, which must not even tell of a change. */
  async nothingToDo(): Promise<void> {
    const steps = (await this.changes()).map(({ step, properties }) => `${step} (${properties})`);
    if (steps.length > 0) throw new Error(`there was something to do: ${steps.join(", ")}`);
    const up = (await this.up()).orThrow();
    if (!/Resources:\s+\d+ unchanged\s+Duration/.test(up.output)) {
      throw new Error(`there was something to do:\n${up.output}`);
    }
  }

  /** Everything on the platform that carries the app's label. */
  async inventory(): Promise<string[]> {
    return (await this.world()).inventory();
  }

  async close(): Promise<void> {
    await this.ground.clear();
    try {
      await this.project.remove();
    } finally {
      await this.ground.close();
    }
  }
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly diffReasons?: readonly string[] | null;
}

/** Of a preview's steps those that concern what a color runs on; an image that is looked up runs nothing. */
export function stepsOf(steps: readonly string[], color: string): string[] {
  return steps.filter((step) => step.includes(` shop-${color}-`) && !step.endsWith("-image"));
}

/** Body of one answer, on a connection of its own. @throws for a status other than 200 */
export async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}

/** Secret values are two lines each in a stack's config file: the key, and `secure: …` below it. */
function secretEntries(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => (/^ {4}secure:/.test(line) ? [lines[index - 1] ?? "", line] : []));
}
