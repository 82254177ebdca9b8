import { expect, test } from "vitest";
import { movedFaults } from "../src/interlock/place.ts";

const docker = { kind: "docker", host: "" } as const;
const shop = { kind: "kubernetes", kubeconfig: "", context: "", namespace: "shop" } as const;

test("an app that carries traffic stays where it is, by whatever address that is reached", () => {
  expect(movedFaults(docker, { ...docker, host: "ssh://ops@host" })).toEqual([]);
  expect(movedFaults(shop, { ...shop, context: "other", kubeconfig: "new" })).toEqual([]);
  expect(movedFaults(shop, { ...shop, namespace: "store" })).toEqual([
    expect.objectContaining({
      code: "place-changed",
      problem:
        "the app is live on Kubernetes, namespace shop; on Kubernetes, namespace store its users would find nothing",
      at: "platform.namespace",
    }),
  ]);
  expect(movedFaults(docker, shop)).toEqual([expect.objectContaining({ at: "platform" })]);
});
