import { type Color, mebibytes, type Ready, readyOf, type ServiceSettings } from "@bluegreen/core";
import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { ownVariables, type Reserved } from "../../app/transformed-spec.ts";
import { exposedPort } from "../labels.ts";

/**
 * A service's pods as a release freezes them: the container's properties in Kubernetes' own words, and under `pod` those
 * of the pod, also further containers. Its own `env`, `envFrom`, `ports` and `pod.hostAliases` come beside those that the
 * library gives it. Names, labels and replicas are not part of it.
 */
export interface DeploymentSpec extends Omit<core.v1.Container, "name" | "image">, Record<string, unknown> {
  readonly image: pulumi.Input<string>;
  readonly pod: Partial<core.v1.PodSpec>;
}

export type DeploymentTransform = (
  spec: DeploymentSpec,
  where: { readonly color: Color; readonly service: string },
) => DeploymentSpec;

/** What a transform must leave alone. */
export const reservedOfPods: Reserved = {
  name: "the container is found by the service's name; `pod.containers` takes further ones",
  metadata: "labels and annotations of pods are no part of this spec",
};

export const refusedOfPods = (service: string, port: number | undefined) => ({
  env: (env: readonly { readonly name: string }[]) => ownVariables(env.map(({ name }) => name)),
  ports: (ports: readonly core.v1.ContainerPort[]) =>
    ports
      .filter((one) => one.name && one.containerPort === port && (one.protocol ?? "TCP") === "TCP")
      .map((one) => `port ${port} is named "${exposedPort}", by which traffic finds it, and can't be "${one.name}"`),
  pod: ({ containers = [] }: { readonly containers?: readonly { readonly name: string }[] }) =>
    containers.some(({ name }) => name === service) ? [`the container ${service} is the service's own`] : [],
});

/** Kubernetes' own pause between two probes is 10 s; an idle color's pods are few, and a switch waits for them. */
const readyPeriodSeconds = 2;

export function deploymentSpec(service: ServiceSettings, image: pulumi.Input<string>): DeploymentSpec {
  const { command, entrypoint, user, port, kubernetes: own } = service;
  const ready = readyOf(service);
  return {
    image,
    // Docker's words: its entrypoint is Kubernetes' command, its command Kubernetes' arguments.
    ...(entrypoint ? { command: entrypoint as pulumi.Input<string>[] } : {}),
    ...(command ? { args: command as pulumi.Input<string>[] } : {}),
    ...(user === undefined ? {} : { securityContext: { runAsUser: Number(user) } }),
    resources: resourcesOf(service),
    ...(ready
      ? { readinessProbe: { ...httpGet(ready.path, ready.port, ready), periodSeconds: readyPeriodSeconds } }
      : {}),
    ...(own?.alive && port ? { livenessProbe: httpGet(own.alive, port, ready) } : {}),
    pod: {
      terminationGracePeriodSeconds: own?.stopGrace ?? 30,
      // The environment is what the program says, not what else lives in the namespace.
      enableServiceLinks: false,
    },
  };
}

function httpGet(path: string, port: number, ready: Ready | null) {
  const httpHeaders = ready?.host === undefined ? {} : { httpHeaders: [{ name: "Host", value: ready.host }] };
  const scheme = ready?.scheme && ready.port === port ? { scheme: "HTTPS" } : {};
  return { httpGet: { path, port, ...scheme, ...httpHeaders } };
}

function resourcesOf({ resources, kubernetes }: ServiceSettings): { [kind: string]: Record<string, string> } {
  const limits = quantities(resources);
  const requests = kubernetes?.requests ? quantities(kubernetes.requests) : limits;
  return { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) };
}

function quantities({ memory, cpus }: ServiceSettings["resources"]): Record<string, string> | null {
  const all = {
    ...(memory === undefined ? {} : { memory: `${mebibytes(memory)}Mi` }),
    ...(cpus === undefined ? {} : { cpu: `${Math.round(cpus * 1_000)}m` }),
  };
  return Object.keys(all).length > 0 ? all : null;
}
