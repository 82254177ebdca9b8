import type { Color } from "@bluegreen/core";
import type { Remains } from "../contracts/site.ts";
import type { KubernetesClient } from "./client.ts";
import { isExclusive, labels, releaseLabel } from "./labels.ts";
import { scaleWorkloads } from "./scale.ts";

/**
 * The Deployments of one release of a color, whoever made them. Stopped is scaled to zero; `replicas` undoes it. Whether
 * exclusive ones run is the cutover's word alone.
 */
export function remainsOf(client: KubernetesClient, app: string, color: Color, release: string): Remains {
  const selector = { [labels.app]: app, [labels.color]: color, [labels.release]: releaseLabel(release) };
  const find = async () => {
    const all = await client.list("Deployment", { ...selector, [labels.role]: "backend" });
    return all.filter(({ metadata }) => !isExclusive(metadata));
  };
  return {
    runs: async () => (await find()).some(({ spec }) => spec.replicas !== 0),
    // The step before the gates has brought a candidate to its size already.
    start: async () => false,
    async stop(fenced) {
      for (const { metadata, spec } of await find()) {
        const reason = await fenced();
        if (reason !== null) return reason;
        if (spec.replicas !== 0) await scaleWorkloads(client, app, [metadata], 0);
      }
      return null;
    },
    async look(stopped) {
      if (stopped) return 'its pods are gone, and with them what they printed (`failedCandidate: "keep"` keeps them)';
      const text = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
      return `what it printed: \`kubectl logs --namespace ${client.namespace} --prefix --selector ${text.join(",")}\``;
    },
  };
}
