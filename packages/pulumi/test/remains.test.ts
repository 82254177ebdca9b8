import { expect, test } from "vitest";
import type { Docker } from "../src/docker/api.ts";
import { labels } from "../src/docker/labels.ts";
import { remainsOf as containersOf } from "../src/docker/remains.ts";
import type { KubernetesClient } from "../src/kubernetes/client.ts";
import { labels as marks } from "../src/kubernetes/labels.ts";
import { remainsOf as deploymentsOf } from "../src/kubernetes/remains.ts";

const free = async () => null;

test("a failed candidate's containers are stopped, except those whose running is the cutover's word", async () => {
  const stopped: string[] = [];
  const list = [
    { Id: "web", Names: ["/web"], State: "running", Labels: { [labels.color]: "green" } },
    { Id: "bot", Names: ["/bot"], State: "running", Labels: { [labels.color]: "green", [labels.exclusive]: "true" } },
    { Id: "api", Names: ["/api"], State: "running", Labels: { [labels.exclusive]: "false" } },
  ];
  const getContainer = (id: string) => ({ stop: async () => void stopped.push(id) });
  const docker = { listContainers: async () => list, getContainer } as unknown as Docker;
  const remains = containersOf(docker, "shop", "green", "2");
  expect(await remains.stop(free)).toBeNull();
  expect(stopped).toEqual(["web", "api"]);
  expect(await remains.look(true)).toContain("docker logs bot");
});

test("a failed candidate's Deployments are scaled to zero, except those whose size is the cutover's word", async () => {
  const scaled: string[] = [];
  const deployment = (name: string, exclusive: boolean) => ({
    metadata: { name, labels: { [marks.exclusive]: String(exclusive) } },
    spec: { replicas: 1 },
  });
  const client = {
    list: async () => [deployment("web", false), deployment("bot", true)],
    patch: async (_kind: string, name: string) => void scaled.push(name),
  } as unknown as KubernetesClient;
  expect(await deploymentsOf(client, "shop", "green", "2").stop(free)).toBeNull();
  expect(scaled).toEqual(["web"]);
});
