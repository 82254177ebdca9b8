import type { Settings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type { BlueGreenAppArgs } from "../args.ts";
import type { Declaration } from "../declaration.ts";
import { DockerDeclaration } from "./docker/declaration.ts";

export function declarationOf(
  name: string,
  settings: Settings,
  { transform = {} }: BlueGreenAppArgs,
  parent: pulumi.Resource,
): Declaration {
  return new DockerDeclaration({ name, settings, transform: transform.container, parent });
}
