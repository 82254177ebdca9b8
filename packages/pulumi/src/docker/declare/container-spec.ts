import { type Color, mebibytes, type ServiceSettings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import { ownVariables, type Reserved } from "../../app/transformed-spec.ts";

/**
 * A service's container as a release freezes it. What a transform adds of variables, labels, networks and volumes comes
 * beside those that the library gives it.
 */
export interface ContainerSpec {
  readonly image: pulumi.Input<string>;
  readonly command?: pulumi.Input<string>[];
  readonly entrypoints?: pulumi.Input<string>[];
  readonly user?: string;
  /** MiB. */
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly cpus?: pulumi.Input<string>;
  /** Other properties of `docker.Container` that a transform added. */
  readonly [more: string]: unknown;
}

export type ContainerTransform = (
  spec: ContainerSpec,
  where: { readonly color: Color; readonly service: string },
) => ContainerSpec;

export function containerSpec(service: ServiceSettings, image: pulumi.Input<string>): ContainerSpec {
  const { command, entrypoint, user, resources } = service;
  const memory = resources.memory === undefined ? undefined : mebibytes(resources.memory);
  return {
    image,
    ...(command ? { command: command as pulumi.Input<string>[] } : {}),
    ...(entrypoint ? { entrypoints: entrypoint as pulumi.Input<string>[] } : {}),
    ...(user === undefined ? {} : { user }),
    ...(memory === undefined ? {} : { memory, memorySwap: memory }),
    ...(resources.cpus === undefined ? {} : { cpus: String(resources.cpus) }),
  };
}

const own = "the library decides when a container runs";

/** What a transform must leave alone. */
export const reservedOfContainers: Reserved = {
  name: "a container is named anew for each release, so that what a killed run left is never in its way",
  networkMode: "the router and the color's other services reach it by the color's network",
  rm: "a container that ended would be gone, and with it the way back to it",
  start: own,
  mustRun: own,
  attach: "nothing would come after it before it has ended",
};

export const refusedOfContainers = {
  envs: (envs: readonly string[]) => ownVariables(envs.map((env) => env.split("=", 1)[0] ?? "")),
  labels: (labels: readonly { readonly label: string }[]) =>
    labels
      .filter(({ label }) => label.startsWith("bluegreen."))
      .map(({ label }) => `the label ${label} is the library's`),
};
