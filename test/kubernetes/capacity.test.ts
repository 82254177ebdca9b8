import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesGround } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";

const dedicated = { key: "bluegreen-test/dedicated", value: "shop", effect: "NoSchedule" };
const large = { web: { resources: { memory: "4500GB" } } };

describe("a node that only some pods may come to", () => {
  // The last one in every list, and without a kubelet: previews alone look at it.
  const name = `zz-${process.pid}`;
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
    await shop.deployBlue();
    const { api } = shop.ground as KubernetesGround;
    await api.create("Node", { metadata: { name }, spec: { taints: [dedicated] } });
    await beat();
    await until("the node counts as ready", async () => {
      const taints = (await api.get("Node", name))?.spec.taints ?? [];
      return taints.length === 1;
    });
  });
  afterAll(async () => {
    await (shop?.ground as KubernetesGround | undefined)?.api.remove("Node", name);
    await shop?.close();
  });

  /** As a kubelet does it; a node that is not heard of for a while is not ready any more. */
  async function beat(): Promise<void> {
    const now = new Date().toISOString();
    await (shop.ground as KubernetesGround).api.patchStatus("Node", name, {
      allocatable: { cpu: "64", memory: "20Ti", pods: "110" },
      conditions: [{ type: "Ready", status: "True", reason: "Test", lastHeartbeatTime: now, lastTransitionTime: now }],
    });
  }

  it("has no room for a candidate that does not bear its taint", async () => {
    await beat();
    await shop.edit({ services: large });
    const preview = await shop.preview({ green: "1.1.0" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(/green 1\.1\.0 needs 4500\.00 GB of memory for 1 × web; free on node \S+: /);
  });

  it("has room for one that does, by its release's own word", async () => {
    await beat();
    const { key, value, effect } = dedicated;
    await shop.edit({ services: large, pod: { tolerations: [{ key, operator: "Equal", value, effect }] } });
    const preview = (await shop.preview()).orThrow();
    expect(preview.output).toContain("shop-green-web");
  });
});
