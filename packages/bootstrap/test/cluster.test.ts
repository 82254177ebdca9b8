import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bootstrap, temporaryFolder } from "./fixture.ts";

const { restoreWithout } = await bootstrap("cluster-network");
const { stagingModules } = await bootstrap("cluster-binaries");
const { clusterPlaces } = await bootstrap("cluster-places");
const { namedCluster } = await bootstrap("cluster");

test("the rules of kube-proxy go, and what led to them; Docker's stay", () => {
  const saved = `*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:KUBE-FORWARD - [0:0]
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -o docker0 -j DOCKER
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
COMMIT
`;
  expect(restoreWithout(saved, (chain: string) => chain.startsWith("KUBE-"))).toBe(`*filter
:KUBE-FORWARD - [0:0]
-D FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-X KUBE-FORWARD
COMMIT
`);
  expect(restoreWithout(saved, (chain: string) => chain.startsWith("CNI-"))).toBe("");
});

test("the modules that Kubernetes takes from its staging folder are found in its go.mod", () => {
  const goMod = `require k8s.io/api v0.0.0

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/kubectl => ./staging/src/k8s.io/kubectl
	example.com/fork => example.com/other v1.0.0
)
`;
  expect(stagingModules(goMod)).toEqual(["k8s.io/api", "k8s.io/kubectl"]);
});

test("sockets have room in a socket's path, however long the cache's is", () => {
  for (const cache of ["/root/.cache/bluegreen", `/home/${"x".repeat(90)}/bluegreen`]) {
    const { state, kubeconfig } = clusterPlaces(cache);
    expect(`${state}/kubelet/pod-resources/kubelet.sock`.length).toBeLessThan(107);
    expect(kubeconfig).toBe(`${cache}/cluster/kubeconfig`);
  }
});

test("a network device's name fits into 15 bytes", () => {
  expect(clusterPlaces("/root/.cache/bluegreen").bridge.length).toBeLessThanOrEqual(15);
});

test("the bed's own kubeconfig names no foreign cluster; another one does, and must exist", async () => {
  const cache = await temporaryFolder();
  const other = join(cache, "other");
  const named = (file: string) => namedCluster({ cache, env: { BLUEGREEN_KUBECONFIG: file } });
  expect(namedCluster({ cache, env: {} })).toBeUndefined();
  expect(named(clusterPlaces(cache).kubeconfig)).toBeUndefined();
  expect(() => named(other)).toThrow(/no such file/);
  await writeFile(other, "");
  expect(named(other)).toEqual({ kubeconfig: other });
});
