import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";

const zone = "topology.kubernetes.io/zone";

describe("what a service is given on Kubernetes", () => {
  let shop: Shop;
  let world: KubernetesWorld;
  beforeAll(async () => {
    const web = {
      resources: { memory: "128MB", cpus: 0.5 },
      user: "1000",
      kubernetes: {
        requests: { memory: "32MB", cpus: 0.01 },
        alive: "/health/live",
        autoscale: { min: 2, max: 3, cpu: 70 },
        minAvailable: 1,
        spread: zone,
        stopGrace: 7,
      },
    };
    shop = await Shop.open({ services: { web }, mark: "/tmp" });
    await shop.deployBlue();
    world = (await shop.world()) as KubernetesWorld;
  });
  afterAll(() => shop?.close());

  it("is what its pods run with", async () => {
    const [deployment] = await world.deployments("blue");
    const { template, progressDeadlineSeconds } = deployment!.spec;
    expect(progressDeadlineSeconds).toBe(30);
    expect(template.spec).toMatchObject({
      terminationGracePeriodSeconds: 7,
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: "ScheduleAnyway" }],
      containers: [
        {
          resources: { limits: { memory: "128Mi", cpu: "500m" }, requests: { memory: "32Mi", cpu: "10m" } },
          livenessProbe: { httpGet: { path: "/health/live", port: 8080 } },
          readinessProbe: { httpGet: { path: "/health/ready", port: 8080 } },
          securityContext: { runAsUser: 1000 },
        },
      ],
    });
    expect(await world.backends("blue")).toHaveLength(2);
  });

  it("is an autoscaler and a budget for its color's pods", async () => {
    const [deployment] = await world.deployments("blue");
    const label = { "bluegreen/app": await shop.identity(), "bluegreen/color": "blue" };
    const scalers = await world.api.list("HorizontalPodAutoscaler", label);
    expect(scalers.map(({ spec }) => spec)).toMatchObject([
      {
        minReplicas: 2,
        maxReplicas: 3,
        scaleTargetRef: { kind: "Deployment", name: deployment?.metadata.name },
        metrics: [{ resource: { name: "cpu", target: { averageUtilization: 70 } } }],
      },
    ]);
    const budgets = await world.api.list("PodDisruptionBudget", label);
    expect(budgets.map(({ spec }) => spec)).toMatchObject([
      { minAvailable: 1, selector: { matchLabels: { ...label, "bluegreen/service": "web" } } },
    ]);
    await expect.poll(async () => (await status("PodDisruptionBudget"))?.expectedPods, { timeout: 20_000 }).toBe(2);
  });

  const status = async (kind: "PodDisruptionBudget") => {
    const [object] = await world.api.list(kind, { "bluegreen/app": await shop.identity(), "bluegreen/color": "blue" });
    return object?.status;
  };

  it("goes through the transforms, on every object", async () => {
    for (const name of await world.inventory()) {
      const [kind = "", id = ""] = name.split("/");
      const object = await world.api.get(kind as "Service", id);
      const role = object?.metadata.labels?.["bluegreen/role"] ?? "";
      // The cutover's own, and those that go with a release.
      if (["lease", "journal"].includes(role) || kind === "Deployment") continue;
      expect(object?.metadata.annotations, name).toMatchObject({ mark: "/tmp" });
    }
    const [deployment] = await world.deployments("blue");
    expect(deployment?.spec.template.spec.containers[0].workingDir).toBe("/tmp");
  });

  it("applies at once where it is no part of a release, and with the next version where it is", async () => {
    const blue = await shop.backendIds("blue");
    const web = { kubernetes: { autoscale: { min: 2, max: 5, cpu: 70 }, minAvailable: 1, spread: zone, stopGrace: 9 } };
    await shop.edit({ services: { web }, mark: "/bin" });
    const steps = await shop.previewSteps({ green: "1.1.0" });
    expect(steps).toContain("update shop-blue-web-autoscaler");
    expect(steps.filter((step) => step.endsWith(" shop-blue-web"))).toEqual([]);
    (await shop.up()).orThrow();
    expect(await shop.backendIds("blue")).toEqual(blue);
    const [scaler] = await world.api.list("HorizontalPodAutoscaler", { "bluegreen/color": "blue" });
    expect(scaler?.spec.maxReplicas).toBe(5);
    const [idle] = await world.deployments("green");
    expect(idle?.spec.template.spec).toMatchObject({
      terminationGracePeriodSeconds: 9,
      containers: [{ workingDir: "/bin" }],
    });
  });
});
