import { type Color, colors, perColor } from "@bluegreen/core";
import { annotations, labels, selectorOf } from "../src/kubernetes/labels.ts";
import type { Pod } from "../src/kubernetes/objects.ts";
import { KubernetesWorkers } from "../src/kubernetes/workers.ts";
import { ClusterBed, image } from "./cluster-bed.ts";
import { type WorkersFixture, workersConformance } from "./workers-conformance.ts";

const record = "workers";

/** Its object stays for a moment after its containers have ended. */
function hasNotEnded({ status }: Pod): boolean {
  return status?.phase !== "Succeeded" && status?.phase !== "Failed";
}

/** A Deployment of each color at zero, as the component declares an exclusive service. */
async function twoDeployments(): Promise<WorkersFixture> {
  const bed = await ClusterBed.open("workers");
  const { app, namespace, apps, core } = bed;
  const names = perColor((color) => `${app}-${color}`);
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: record, annotations: { [annotations.replicas]: '{"bot":1}' } } },
  });
  for (const color of colors) {
    const marks = { ...selectorOf({ app, color, version: "1", service: "bot" }), [labels.role]: "backend" };
    const template = {
      metadata: { labels: { ...marks, [labels.exclusive]: "true" } },
      spec: { terminationGracePeriodSeconds: 5, containers: [{ name: "bot", image, imagePullPolicy: "IfNotPresent" }] },
    };
    const metadata = { name: names[color], labels: template.metadata.labels };
    const spec = { replicas: 0, strategy: { type: "Recreate" }, selector: { matchLabels: marks }, template };
    await apps.createNamespacedDeployment({ namespace, body: { metadata, spec } });
  }
  return {
    app,
    names,
    open: () => new KubernetesWorkers(bed.client, { app, name: record }),
    async running() {
      const deployments = await bed.client.list("Deployment", { [labels.app]: app });
      const pods = (await bed.client.list("Pod", { [labels.app]: app })).filter(hasNotEnded);
      const wished = deployments.filter(({ spec }) => (spec.replicas ?? 1) > 0);
      const found = [...wished, ...pods].map(({ metadata }) => metadata.labels?.[labels.color] as Color);
      return colors.filter((color) => found.includes(color));
    },
    async startByHand(color) {
      await bed.client.patch("Deployment", names[color], { spec: { replicas: 1 } }, "kubectl-test", "scale");
    },
    close: () => bed.close(),
  };
}

workersConformance("Kubernetes", twoDeployments);
