import { createServer, type Socket } from "node:net";
import type { GateTask } from "../gate/runner.ts";
import { type Candidate, frontsOf } from "../platform.ts";
import type { KubernetesClient } from "./client.ts";
import { runJob } from "./job.ts";
import { labels, selectorOf } from "./labels.ts";
import type { Pod } from "./objects.ts";
import { findPods, identityOf, isReady, isRunning, releaseSelector } from "./pods.ts";

/** The candidate's pods, each asked by itself through the API server: nothing has to be open to the deployer. */
export async function findCandidate(client: KubernetesClient, task: GateTask): Promise<Candidate> {
  const { app, color, release: version } = task;
  const exposed = frontsOf(task).map((front) => front.exposed);
  const selector = selectorOf({ app, color, version, service: task.exposed.service });
  const running = (await findPods(client, releaseSelector(selector))).filter(isRunning);
  const behind = exposed.flatMap(({ service, port }) => {
    const pods = running.filter((pod) => pod.metadata.labels?.[labels.service] === service);
    if (pods.length === 0) throw new Error(`no running pod of ${color} ${version} ${service}`);
    return pods.map((pod) => ({ pod, name: pod.metadata.name, service, port }));
  });
  const portOf = (name: string) => behind.find((one) => one.name === name)?.port ?? task.exposed.port;
  const first = behind.filter(({ service }) => service === task.exposed.service).map(({ pod }) => pod);
  return {
    subjects: running.map(identityOf),
    exposed: behind,
    probe: (pod, path, timeoutMs) => client.askPod(pod, portOf(pod), { path, timeoutMs }),
    openUrl: () => openUrl(client, first, task.exposed.port),
    close: async () => {},
    runJob: (wish) => runJob(client, app, wish),
  };
}

/** A loopback port of the deployer, each of whose connections is joined to one of the ready pods in turn. */
async function openUrl(client: KubernetesClient, pods: readonly Pod[], port: number) {
  const ready = pods.filter(isReady);
  if (ready.length === 0) throw new Error("the candidate has no ready pod");
  const connections = new Set<Socket>();
  let next = 0;
  const server = createServer((connection) => {
    const pod = ready[next++ % ready.length] as Pod;
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    connection.on("error", () => connection.destroy());
    client.forward(pod.metadata.name, port, connection).catch(() => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url,
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
