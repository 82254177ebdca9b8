import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { importImages } from "../../src/cluster/images.ts";
import { isMissing } from "../../src/plugins/kubernetes/api.ts";
import { Cluster } from "../../src/plugins/kubernetes/cluster.ts";
import { loadKubeconfig } from "../../src/plugins/kubernetes/kubeconfig.ts";
import { compileApp } from "./docker-bed.ts";

/** The cluster of these tests. */
export interface Bed {
  kubeconfig: string;
  cluster: Cluster;
  /** Deletes what is at a path and waits until it is gone. What is not there is fine. */
  removed(path: string): Promise<void>;
  /** Asks until the answer matches. */
  until(ask: () => Promise<unknown>, expected: object): Promise<void>;
}

/** @throws without a cluster: a test that needs one must not pass without */
export async function bedForTests(): Promise<Bed> {
  const kubeconfig = process.env.BLUEGREEN_KUBECONFIG;
  if (!kubeconfig) throw new Error("BLUEGREEN_KUBECONFIG is not set\n  → npm run cluster -- up");
  const cluster = new Cluster(await loadKubeconfig({ kubeconfig }));
  const until = async (ask: () => Promise<unknown>, expected: object, seconds = 60) => {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await ask();
      if (Date.now() > deadline) expect(answer).toMatchObject(expected);
      try {
        return expect(answer).toMatchObject(expected);
      } catch {
        await sleep(200);
      }
    }
  };
  return {
    kubeconfig,
    cluster,
    until,
    async removed(path) {
      const gone = (error: unknown) => {
        if (!isMissing(error)) throw error;
        return { gone: true };
      };
      await cluster.call("DELETE", path, { body: { propagationPolicy: "Foreground" } }).catch(gone);
      await until(() => cluster.call("GET", path).catch(gone), { gone: true });
    },
  };
}

/** Gives the cluster the little HTTP server of fixtures/app under the names the transcripts use; it is the shell, too. */
export async function importAppImages(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "app-image-"));
  try {
    compileApp(folder);
    const image = { files: { "/app": join(folder, "app") }, links: { "/bin/sh": "/app" }, entrypoint: ["/app"] };
    await importImages(["1", "3"].map((tag) => ({ name: `localhost/app:${tag}`, ...image })));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
