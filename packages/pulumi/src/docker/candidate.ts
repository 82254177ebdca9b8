import type Docker from "dockerode";
import type { GateTask } from "../gate/runner.ts";
import { request } from "../http-request.ts";
import { type Candidate, frontsOf } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import { statusOf } from "./client.ts";
import { findContainers } from "./inventory.ts";
import { labels } from "./labels.ts";
import { tunnelAgent } from "./tunnel.ts";

/** The candidate's containers, asked from the router's container: from where traffic will come. */
export async function findCandidate(docker: Docker, task: GateTask): Promise<Candidate> {
  if (task.router.kind !== "caddy") throw new TypeError(`a ${task.router.kind} router does not run on Docker`);
  const { container } = task.router;
  const { app, color, release } = task;
  const exposed = frontsOf(task).map((front) => front.exposed);
  const [all] = await Promise.all([
    findContainers(docker, app, "backend", { [labels.color]: color, [labels.release]: release }),
    startRouter(docker, container),
  ]);
  const running = all.filter((one) => one.running);
  const missing = exposed.find(({ service }) => !running.some((one) => one.service === service));
  if (missing) throw new Error(`no running container of ${color} ${release} ${missing.service}`);
  const portOf = (name: string) => {
    const { service } = running.find((one) => one.name === name) ?? {};
    return exposed.find((one) => one.service === service)?.port ?? task.exposed.port;
  };
  const agent = tunnelAgent(docker, container);
  return {
    subjects: running.map((one) => one.id),
    exposed: running.filter((one) => exposed.some(({ service }) => service === one.service)),
    probe: (host, path, timeoutMs) => request({ host, port: portOf(host), path, timeoutMs, agent }),
    openUrl: async () => ({ url: task.candidateUrl, close: async () => {} }),
    close: async () => agent.destroy(),
  };
}

/** Before the first color is live the interlock stops every router it finds, so that no leftover holds the port. */
async function startRouter(docker: Docker, router: string): Promise<void> {
  try {
    // Already running is fine: Docker answers 304 then.
    await docker.getContainer(router).start();
  } catch (error) {
    if (statusOf(error) === 304) return;
    throw new Error(`the router can't be started (\`pulumi up --refresh\` makes a new one): ${reasonOf(error)}`);
  }
}
