import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClusterApi } from "../../src/cluster/api.ts";
import { freePort } from "../../src/docker/free-port.ts";
import { until } from "../../src/until.ts";

const api = new ClusterApi(`node-port-${process.pid}`);
const name = "shop";
const labels = { app: name };
/** Until kube-proxy refuses for a Service without endpoints; until connection tracking has forgotten who was refused. */
const followsMs = 1_500;

beforeAll(() => api.create("Namespace", { metadata: { name: api.namespace } }));
afterAll(() => api.remove("Namespace", api.namespace));

test("a node port answers whom it refused before anybody stood behind it", { timeout: 90_000 }, async () => {
  const service = { type: "NodePort", selector: labels, ports: [{ port: 80, targetPort: 8080 }] };
  const { spec } = await api.create("Service", { metadata: { name }, spec: service });
  const port = spec.ports[0].nodePort;
  await sleep(followsMs);
  const from = await freePort();
  expect(await reach(port, from)).toBe("ECONNREFUSED");

  const containers = [{ name, image: "localhost/bluegreen/shop:1.0.0", imagePullPolicy: "IfNotPresent" }];
  await api.create("Pod", { metadata: { name, labels }, spec: { containers } });
  await until("the pod answers", async () => (await reach(port)) === "connected");
  await sleep(followsMs);
  expect(await reach(port, from)).toBe("connected");
});

/** The error's code, when there is no connection from this local port. */
function reach(port: number, localPort?: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ...(localPort ? { localPort } : {}) });
    socket.on("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
  });
}
