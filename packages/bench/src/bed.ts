import type { Color } from "@bluegreen/core";
import { containersWith, docker, freePort } from "@bluegreen/testkit/docker/engine";
import { type CommandResult, createProject, type Project, type Stack } from "@bluegreen/testkit/engine/pulumi";
import { program } from "./program.ts";

/** The deployed app that is measured: both colors there, in a project of its own. */
export class Bed {
  readonly port: number;
  private readonly project: Project;
  private readonly stack: Stack;

  private constructor(project: Project, stack: Stack, port: number) {
    this.project = project;
    this.stack = stack;
    this.port = port;
  }

  static async open(): Promise<Bed> {
    const project = await createProject({ program, name: "bench" });
    const stack = await project.stack("bench");
    const [port, bluePort, greenPort] = [await freePort(), await freePort(), await freePort()];
    for (const [key, value] of Object.entries({ port, bluePort, greenPort })) await stack.config(key, String(value));
    const bed = new Bed(project, stack, port);
    await bed.up("blue");
    return bed;
  }

  async up(color?: Color): Promise<CommandResult> {
    if (color) await this.stack.config("activeColor", color);
    return (await this.stack.up()).orThrow();
  }

  /** Identity of the app, and what its router and its colors are called. */
  async parts() {
    const app = String((await this.stack.resource("shop-interlock")).outputs?.app);
    const find = (labels: Record<string, string>) => containersWith({ "bluegreen.app": app, ...labels });
    const targetsOf = async (color: Color) =>
      (await find({ "bluegreen.color": color })).map(({ Names }) => `${Names[0]?.slice(1)}:8080`);
    const [router] = await find({ "bluegreen.role": "router" });
    if (!router) throw new Error("there is no router container");
    const { NetworkSettings } = await docker.getContainer(router.Id).inspect();
    const targets = { blue: await targetsOf("blue"), green: await targetsOf("green") };
    return { app, router: router.Id, networks: Object.keys(NetworkSettings.Networks), targets };
  }

  close(): Promise<void> {
    return this.project.remove();
  }
}
