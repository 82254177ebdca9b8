import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { isColor } from "@bluegreen/core";
import { containersWith, docker, inventory } from "../docker/engine.ts";
import { freePort } from "../docker/free-port.ts";
import { type CommandResult, createProject, type ResourceState, root, type Stack } from "../engine/pulumi.ts";
import type { Footprint } from "./claims.ts";
import { readJournal } from "./journal.ts";

/** The stack of the demo in the repository's own project, driven by the real CLI. */
export class Stage {
  readonly stack: Stack;
  readonly url: string;

  private constructor(stack: Stack, port: number) {
    this.stack = stack;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** A fresh stack on free ports. What an earlier run has left up is taken down first. */
  static async open(name: string, say: (text: string) => void): Promise<Stage> {
    const backend = process.env.PULUMI_BACKEND_URL;
    if (!backend) throw new Error("PULUMI_BACKEND_URL is not set\n  → npm run demo");
    const stack = await (await createProject({ dir: root, backend })).stack(name);
    if (((await stack.export()).deployment.resources ?? []).length > 0) {
      say("taking down what an earlier demo has left up");
      await takeDown(stack);
      await stack.ensure();
    }
    const port = await freePorts();
    await stack.config("port", String(port));
    await stack.config("caddyImage", process.env.BLUEGREEN_CADDY_IMAGE ?? "caddy:2.10.2-alpine");
    return new Stage(stack, port);
  }

  run(command: "up" | "preview"): Promise<CommandResult> {
    return command === "up" ? this.stack.up() : this.stack.preview({ diff: true });
  }

  /** What state records, and what is really there. */
  async look(): Promise<{ state: string; attempt: number; app: string; footprint: Footprint }> {
    const resources = (await this.stack.export()).deployment.resources ?? [];
    const outputsOf = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
    const { app = "", attempt = 0 } = outputsOf("shop-interlock");
    const containers = app ? await containersWith({ "bluegreen.app": String(app) }) : [];
    const running = containers.map(({ Id, Names, Created, State }) => `${Names[0]} ${Id} ${Created} ${State}`).sort();
    return {
      state: String(outputsOf("shop-cutover").activeColor ?? "nothing"),
      attempt: Number(attempt),
      app: String(app),
      footprint: { containers: running, state: JSON.stringify(resources.map(withoutTimes)) },
    };
  }

  /** Who answers at the live address, on new connections: a color if it is always the same, otherwise words. */
  async whoAnswers(): Promise<string> {
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

  /** How long the router's write took that moved the traffic in this attempt, by the app's own journal. */
  async switchMs(app: string, attempt: number): Promise<number | undefined> {
    const [router] = await containersWith({ "bluegreen.app": app, "bluegreen.role": "router" });
    if (!router) return undefined;
    return (await readJournal(docker.getContainer(router.Id), attempt))?.switchMs ?? undefined;
  }

  /** Destroys and forgets the stack. @returns what it left behind on the Docker Engine: nothing, if all is well */
  async close(): Promise<string[]> {
    const { app } = await this.look();
    await takeDown(this.stack);
    if (!app) return [];
    const { containers, networks, volumes } = await inventory({ "bluegreen.app": app });
    return [...containers, ...networks, ...volumes];
  }
}

async function takeDown(stack: Stack): Promise<void> {
  await stack.cancel(); // A run that was interrupted left its lock; having none is fine.
  (await stack.destroy()).orThrow();
  await stack.remove();
}

/** The live port; each color answers by itself on the two after it. */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await freePort();
    const others = await Promise.all([port + 1, port + 2].map(isFree));
    if (port + 2 < 65_536 && others.every((free) => free)) return port;
    await sleep(1);
  }
  throw new Error("there are no three free ports in a row on 127.0.0.1");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The engine notes when it last touched a resource, also when it changed nothing of it. */
function withoutTimes(resource: ResourceState): object {
  return { ...resource, created: undefined, modified: undefined };
}
