import { type Color, mebibytes, type ServiceSettings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

/** A service's container as a release freezes it: everything but names, networks and labels. */
export interface ContainerSpec {
  readonly image: pulumi.Input<string>;
  readonly command?: pulumi.Input<string>[];
  readonly entrypoints?: pulumi.Input<string>[];
  readonly user?: string;
  /** MiB. */
  readonly memory?: number;
  readonly memorySwap?: number;
  readonly cpus?: string;
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
    // Without `memorySwap` the Docker provider finds one more change at the next run.
    ...(memory === undefined ? {} : { memory, memorySwap: memory }),
    ...(resources.cpus === undefined ? {} : { cpus: String(resources.cpus) }),
  };
}
