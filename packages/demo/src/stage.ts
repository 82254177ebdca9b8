import { type CutoverRecord, isColor } from "@bluegreen/core";
import {
  type CommandResult,
  createProject,
  type ResourceState,
  root,
  type Stack,
} from "@bluegreen/testkit/engine/pulumi";
import type { Footprint } from "./claims.ts";
import type { DemoPlatform } from "./platform.ts";

/** The stack of the demo in the repository's own project, driven by the real CLI. */
export class Stage {
  readonly stack: Stack;
  readonly url: string;
  readonly platform: DemoPlatform;

  private constructor(stack: Stack, url: string, platform: DemoPlatform) {
    this.stack = stack;
    this.url = url;
    this.platform = platform;
  }

  /** A fresh stack on free ports. What an earlier run has left up is taken down first. */
  static async open(platform: DemoPlatform, say: (text: string) => void): Promise<Stage> {
    const backend = process.env.PULUMI_BACKEND_URL;
    if (!backend) throw new Error("PULUMI_BACKEND_URL is not set\n  → npm run demo");
    const stack = await (await createProject({ dir: root, backend })).stack(platform.stackName);
    if (((await stack.export()).deployment.resources ?? []).length > 0) {
      say("taking down what an earlier demo has left up");
      await takeDown(stack);
      await stack.ensure();
    }
    const { url, config } = await platform.prepare();
    for (const [key, value] of Object.entries(config)) await stack.config(key, value);
    return new Stage(stack, url, platform);
  }

  run(command: "up" | "preview"): Promise<CommandResult> {
    return command === "up" ? this.stack.up() : this.stack.preview({ diff: true });
  }

  /** What state records, and what is really there. */
  async look(): Promise<{ state: string; attempt: number; app: string; footprint: Footprint }> {
    const resources = (await this.stack.export()).deployment.resources ?? [];
    const outputsOf = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
    const { app = "", attempt = 0 } = outputsOf("shop-interlock");
    return {
      state: String(outputsOf("shop-cutover").activeColor ?? "nothing"),
      attempt: Number(attempt),
      app: String(app),
      footprint: {
        containers: app ? await this.platform.running(String(app)) : [],
        state: JSON.stringify(resources.map(withoutTimes)),
      },
    };
  }

  /** Who is live by the router's word and by its answers: a color if all of them agree, otherwise words. */
  async whoIsLive(): Promise<string> {
    const [routed, answers] = await Promise.all([this.platform.routed(), this.whoAnswers()]);
    return routed === undefined || routed === answers ? answers : `it sends to ${routed}, answered by ${answers}`;
  }

  /** On new connections. */
  private async whoAnswers(): Promise<string> {
    const answers = new Set<string>();
    for (let i = 0; i < 5; i++) answers.add(await this.ask());
    return [...answers].join(" and ");
  }

  private async ask(): Promise<string> {
    try {
      const headers = { connection: "close" };
      const answer = await fetch(this.url, { headers, signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      const color = answer.headers.get("x-app-color");
      if (answer.status !== 200) return `status ${answer.status}`;
      return isColor(color) ? color : "no color";
    } catch {
      return "nobody";
    }
  }

  record(app: string, attempt: number): Promise<CutoverRecord | undefined> {
    return this.platform.record(app, attempt);
  }

  /** Destroys and forgets the stack. @returns what it left behind: nothing, if all is well */
  async close(): Promise<string[]> {
    const { app } = await this.look();
    await takeDown(this.stack);
    return app ? this.platform.leftBehind(app) : [];
  }
}

async function takeDown(stack: Stack): Promise<void> {
  await stack.cancel(); // A run that was interrupted left its lock; having none is fine.
  (await stack.destroy()).orThrow();
  await stack.remove();
}

/** The engine notes when it last touched a resource, also when it changed nothing of it. */
function withoutTimes(resource: ResourceState): object {
  return { ...resource, created: undefined, modified: undefined };
}
