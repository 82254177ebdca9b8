import { describeFaults, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { BlueGreenAppArgs } from "./args.ts";
import type { Declaration } from "./declaration.ts";

type Kind = Settings["platform"]["kind"];

interface Parts<K extends Kind> {
  readonly name: string;
  readonly settings: Settings & { readonly platform: { readonly kind: K } };
  readonly transform: NonNullable<BlueGreenAppArgs["transform"]>;
  readonly parent: pulumi.Resource;
}

type Declares<K extends Kind> = (parts: Parts<K>) => Declaration;

const known = new Map<Kind, Declares<Kind>>();

/** Makes a platform known; its entry (`@bluegreen/pulumi/docker`) does so when it is loaded, so nobody loads another one's. */
export function declares<K extends Kind>(kind: K, declare: Declares<K>): void {
  known.set(kind, declare as Declares<Kind>);
}

/** @throws `pulumi.RunError` when the platform's entry was not loaded */
export function declarationOf(parts: Parts<Kind>): Declaration {
  const { kind } = parts.settings.platform;
  const declare = known.get(kind);
  if (declare) return declare(parts);
  const problem = `the platform is ${kind}(), which nothing has loaded`;
  const fix = `import { ${kind} } from "@bluegreen/pulumi/${kind}"`;
  throw new pulumi.RunError(describeFaults(parts.name, [{ code: "unsupported", problem, at: "platform", fix }]));
}
