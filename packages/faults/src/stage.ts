import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Color, isColor, otherColor } from "@bluegreen/core";
import {
  type CommandResult,
  createProject,
  type Project,
  type ResourceState,
  type RunningCommand,
  type Stack,
} from "@bluegreen/testkit/engine/pulumi";
import { type App, type AppName, apps } from "./app.ts";
import { type Ground, grounds, type PlatformName } from "./ground.ts";
import { program } from "./program.ts";
import { SmallDisk } from "./small-disk.ts";

/** What the program is told. */
export interface Wish {
  readonly activeColor: Color;
  readonly blue: string;
  readonly green: string;
  /** What makes the candidate's verification fail. */
  readonly breach: string;
  readonly drains: boolean;
  readonly intervalMs: number;
  readonly failureLimit: number;
}

/** One warm stack of a kind of app, which goes through row after row. */
export class Stage {
  readonly ground: Ground;
  readonly disk: SmallDisk;
  readonly app: App;
  /** Colors whose release a fault has left in no state to be tried again. */
  readonly spoiled = new Set<Color>();
  private readonly project: Project;
  private readonly stack: Stack;
  private wish: Wish;
  private run: RunningCommand | undefined;
  private closed = false;

  private constructor(of: { ground: Ground; disk: SmallDisk; app: App; project: Project; stack: Stack; wish: Wish }) {
    this.ground = of.ground;
    this.disk = of.disk;
    this.app = of.app;
    this.project = of.project;
    this.stack = of.stack;
    this.wish = of.wish;
  }

  /** Both colors are there, blue is live. */
  static async open(platform: PlatformName, kind: AppName): Promise<Stage> {
    const ground = await grounds[platform]();
    const app = await apps[kind].open(ground);
    const project = await createProject({ program, name: "faults", env: ground.env });
    const disk = await SmallDisk.mount(join(project.dir, ".state"));
    const stack = await project.stack("faults");
    try {
      const wish: Wish = {
        activeColor: "blue",
        blue: "1",
        green: "1",
        breach: "/breach",
        drains: false,
        intervalMs: 100,
        failureLimit: 1,
      };
      await write(project, ground, app, wish);
      (await stack.up()).orThrow();
      ground.found(String((await stack.resource("shop-interlock")).outputs?.app));
      await app.watch();
      return new Stage({ ground, disk, app, project, stack, wish });
    } catch (error) {
      await app.close();
      await takeDown(project, ground, disk, stack);
      throw error;
    }
  }

  get wished(): Wish {
    return this.wish;
  }

  async tell(change: Partial<Wish>): Promise<void> {
    this.wish = { ...this.wish, ...change };
    await write(this.project, this.ground, this.app, this.wish);
  }

  start(env: Readonly<Record<string, string>> = {}): RunningCommand {
    if (this.closed) throw new Error("the stage is closed");
    this.run = this.stack.start("up", { env });
    return this.run;
  }

  up(): Promise<CommandResult> {
    return this.start().result;
  }

  async cancel(): Promise<void> {
    (await this.stack.cancel()).orThrow();
  }

  /** The color that state records as live: from the state's own file, which asks nobody. */
  async recorded(): Promise<string> {
    const text = await readFile(join(this.project.dir, ".state/.pulumi/stacks/faults/faults.json"), "utf8");
    const { checkpoint } = JSON.parse(text) as { checkpoint: { latest?: { resources?: ResourceState[] } } };
    const cutover = checkpoint.latest?.resources?.find(({ urn }) => urn.endsWith("::shop-cutover"));
    return String(cutover?.outputs?.activeColor);
  }

  /** After a row that did not come to its end. */
  async recover(): Promise<void> {
    this.run?.kill("SIGKILL", { tree: true });
    await this.ground.mend();
    await this.disk.empty();
    await this.stack.cancel();
    const answers = await this.app.answering();
    const live = isColor(answers) ? answers : this.wish.activeColor;
    await this.tell({ activeColor: live });
    if ((await this.up()).exit === 0) return;
    await this.tell({ activeColor: otherColor(live) });
    (await this.up()).orThrow();
  }

  /** Also in the middle of a row, when it was interrupted. */
  async close(): Promise<void> {
    this.closed = true;
    this.run?.kill("SIGKILL", { tree: true });
    await this.app.close();
    await takeDown(this.project, this.ground, this.disk, this.stack);
  }
}

async function write(project: Project, ground: Ground, app: App, wish: Wish): Promise<void> {
  const settings = { platform: ground.settings, ...app.settings, checks: app.checks(wish.breach) };
  await project.write("wish.json", JSON.stringify({ ...settings, ...wish }, null, 2));
}

/** The state's folder is a mount of its own, which has to go before the project's folder can. */
async function takeDown(project: Project, ground: Ground, disk: SmallDisk, stack: Stack): Promise<void> {
  await ground.mend();
  await disk.empty();
  await stack.cancel();
  (await stack.destroy()).orThrow();
  await stack.remove();
  await disk.unmount();
  await project.remove();
  await ground.close();
}
