import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bed, bedForTests, importAppImages } from "./kubernetes-bed.ts";
import { readKubernetesTranscript, replayOf, startKubernetes, TRANSCRIPTS } from "./kubernetes-transcripts.ts";
import type { PluginUnderTest } from "./plugin-under-test.ts";
import type { Replay } from "./replay.ts";

// A namespace of our own instead of the recorded one: others may be at work in the same cluster.
const NAMESPACE = `rec-${process.pid}`;

const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const services = `/api/v1/namespaces/${NAMESPACE}/services`;

/** What was done by hand before a recorded run (steps.txt of the transcripts), by transcript and run. */
const byHand: { [run: string]: (bed: Bed) => Promise<unknown> } = {
  "k8s-lifecycle refresh-after-removal": (bed) => bed.removed(`${deployments}/web`),
  "k8s-selector annotate-with-foreign-selector": ({ cluster }) =>
    cluster.call("PATCH", `${services}/web`, {
      query: { fieldManager: "cutover" },
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" } } },
    }),
  "k8s-replicas update-keeps-live-scale": async (bed) => {
    await bed.cluster.call("PATCH", `${deployments}/web/scale`, {
      query: { fieldManager: "kubectl" },
      contentType: "application/merge-patch+json",
      body: { spec: { replicas: 2 } },
    });
    await bed.until(() => web(bed), { availableReplicas: 2 });
  },
  // It crashes some seconds after it was ready.
  "k8s-faults repaired": (bed) => bed.until(() => web(bed), { unavailableReplicas: 1 }),
};

const web = async ({ cluster }: Bed) => (await cluster.call("GET", `${deployments}/web`)).status;

describe("the kubernetes stand-in answers like the official plugin", () => {
  let bed: Bed;
  beforeAll(async () => {
    bed = await bedForTests();
    await importAppImages();
    await bed.removed(`/api/v1/namespaces/${NAMESPACE}`);
  }, 120_000);
  afterAll(() => bed?.removed(`/api/v1/namespaces/${NAMESPACE}`), 60_000);

  for (const transcript of TRANSCRIPTS) {
    describe(transcript, () => {
      let plugin: PluginUnderTest;
      let replay: Replay;
      beforeAll(async () => {
        plugin = await startKubernetes(bed.kubeconfig);
        replay = replayOf(plugin, {
          // The run was interrupted in the middle of a rollout that was long past its deadline, and still waited for.
          async interrupt(send) {
            const answer = send();
            const reason = "ProgressDeadlineExceeded";
            await bed.until(() => web(bed), {
              conditions: expect.arrayContaining([expect.objectContaining({ reason })]),
            });
            await plugin.call("Cancel", {});
            expect((await answer).error).toMatch(/failed: Resource operation was cancelled for "web"/);
          },
        });
      });
      afterAll(async () => {
        await plugin.stop();
        await bed.removed(`/api/v1/namespaces/${NAMESPACE}`);
      }, 60_000);

      for (const run of readKubernetesTranscript(transcript, NAMESPACE)) {
        test(run.label, { timeout: 120_000 }, async () => {
          await byHand[`${transcript} ${run.label}`]?.(bed);
          await replay.run(run);
        });
      }
    });
  }
});
