import { describe, expect, test } from "vitest";
import { absorb, leaveIgnored } from "../../src/plugins/kubernetes/field-managers.ts";
import { normalQuantity } from "../../src/plugins/kubernetes/normalize.ts";
import type { KubeObject } from "../../src/plugins/kubernetes/object.ts";

const OURS = "pulumi-kubernetes-0123abcd";
const SELECTOR = { "f:spec": { "f:selector": {} } };
const REPLICAS = { "f:spec": { "f:replicas": {} } };
const owned = (...entries: KubeObject[]): KubeObject => ({ metadata: { managedFields: entries } });
const by = (manager: string, operation: string, fieldsV1: KubeObject, more: KubeObject = {}): KubeObject => ({
  ...{ manager, operation, fieldsV1, apiVersion: "v1", fieldsType: "FieldsV1" },
  ...more,
});

describe("an update of the kubernetes stand-in", () => {
  test("takes over what it or kubectl wrote in the client's way, and leaves everybody else's fields", () => {
    const foreign = by("cutover", "Apply", SELECTOR);
    const status = by("kube-controller-manager", "Update", { "f:status": {} }, { subresource: "status" });
    const scaled = by("kubectl", "Update", REPLICAS, { subresource: "scale" });
    const object = owned(
      by("pulumi-kubernetes", "Update", { "f:spec": { "f:ports": {} } }),
      ...[foreign, status, scaled],
      by("kubectl-edit", "Update", { "f:spec": { "f:type": {} } }),
      by(OURS, "Apply", { "f:metadata": {} }),
    );
    expect(absorb(object, OURS)).toEqual([
      ...[foreign, status, scaled],
      by(OURS, "Apply", { "f:metadata": {}, "f:spec": { "f:ports": {}, "f:type": {} } }),
    ]);
    expect(absorb(owned(foreign, status), OURS)).toBeUndefined();
  });

  test("leaves an ignored field to whom it belongs, and repeats the live value of one of its own", () => {
    const wish = () => ({ spec: { replicas: 1, ports: [] } });
    const left = (object: KubeObject) => {
      const inputs = wish();
      leaveIgnored(inputs, { ...object, spec: { replicas: 5 } }, OURS, ["spec.replicas"]);
      return inputs.spec;
    };
    expect(left(owned(by("autoscaler", "Update", REPLICAS)))).toEqual({ ports: [] });
    expect(left(owned(by(OURS, "Apply", REPLICAS)))).toEqual({ replicas: 5, ports: [] });
    expect(left(owned(by(OURS, "Apply", REPLICAS), by("autoscaler", "Update", REPLICAS)))).toMatchObject({
      replicas: 5,
    });
    expect(left(owned(by(OURS, "Apply", SELECTOR)))).toEqual({ replicas: 5, ports: [] });
  });
});

test.each([
  ["0.5", "500m"],
  ["1000m", "1"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["64Mi", "64Mi"],
  ["1000", "1k"],
  ["0", "0"],
  ["1e3", "1e3"],
])("the quantity %s is %s to Kubernetes", (given, normal) => {
  expect(normalQuantity(given)).toBe(normal);
});
