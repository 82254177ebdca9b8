import { execFileSync } from "node:child_process";
import { kubeconfigOf } from "@bluegreen/testkit/cluster/kubeconfig";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesGround } from "../support/bed/kubernetes.ts";
import { quickGate, Shop } from "../support/shop.ts";

const role = new URL("../../docs/rbac.yaml", import.meta.url).pathname;

/** As an administrator does it who follows docs/rbac.md. */
function applyRole(namespace: string): void {
  const { BLUEGREEN_KUBECTL = "kubectl", BLUEGREEN_KUBECONFIG = "" } = process.env;
  const args = ["--kubeconfig", BLUEGREEN_KUBECONFIG, "--namespace", namespace, "apply", "-f", role];
  execFileSync(BLUEGREEN_KUBECTL, args, { timeout: 60_000 });
}

describe("a deployer with the rights of docs/rbac.yaml and no others", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open(
      {
        gates: [quickGate, { run: 'node -e "fetch(process.env.BLUEGREEN_CANDIDATE_URL)"', timeout: "30s" }],
        services: { web: { kubernetes: { autoscale: { min: 1, max: 3 }, minAvailable: 1 } } },
        drain: { within: "20s" },
        args: { retire: "zero" },
      },
      { namespace: "bed", ambient: false, via: "proxy" },
    );
    const { namespace } = (shop.ground as KubernetesGround).api;
    applyRole(namespace);
    const kubeconfig = await kubeconfigOf({ namespace, name: "bluegreen-deployer" });
    await shop.edit({ platform: { kubeconfig } });
  });
  afterAll(() => shop?.close());

  it("deploys, switches with all gates and a drain, and retires what it left", async () => {
    const first = await shop.up({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
    expect(first.orThrow().output).toMatch(
      /both colors fit was not checked in full: .*refused to list Nodes .*forbidden/,
    );
    const up = (await shop.up({ activeColor: "green" })).orThrow();
    expect(up.output).toContain("shop-retire updated");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });

  it("wakes the retired color, runs a job as a gate, and rolls back", async () => {
    const command = ["sh", "-c", 'wget -q -O - "$BLUEGREEN_CANDIDATE_URL/"'];
    await shop.edit({ gates: [{ image: "localhost/bluegreen/shop:1.0.0", command, timeout: "30s" }] });
    (await shop.up({ activeColor: "blue" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("refreshes and changes nothing", async () => {
    const up = (await shop.up({}, { refresh: true })).orThrow();
    expect(up.output).not.toMatch(/(created|updated|deleted|replaced) \(/);
  });

  it("destroys all of it", async () => {
    const world = await shop.world();
    (await shop.stack.destroy()).orThrow();
    expect(await world.inventory()).toEqual([]);
  });
});
