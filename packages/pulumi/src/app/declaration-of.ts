import type { Settings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import { DockerDeclaration } from "../docker/declare/declaration.ts";
import { KubernetesDeclaration } from "../kubernetes/declare/declaration.ts";
import type { BlueGreenAppArgs } from "./args.ts";
import type { Declaration } from "./declaration.ts";

export function declarationOf(parts: {
  readonly name: string;
  readonly settings: Settings;
  readonly args: BlueGreenAppArgs;
  readonly parent: pulumi.Resource;
}): Declaration {
  const { name, settings, args, parent } = parts;
  const { container, deployment, object } = args.transform ?? {};
  switch (settings.platform.kind) {
    case "docker":
      return new DockerDeclaration({ name, settings, transform: container, parent });
    case "kubernetes":
      return new KubernetesDeclaration({ name, settings, deployment, object, parent });
    default:
      return settings.platform satisfies never;
  }
}
