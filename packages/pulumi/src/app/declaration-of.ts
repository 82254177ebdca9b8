import { describeFaults, type Fault, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { BlueGreenAppArgs } from "./args.ts";
import type { WantedPorts } from "./claimed-ports.ts";
import type { Declaration } from "./declaration.ts";

type Kind = Settings["platform"]["kind"];
export type SettingsOn<K extends Kind> = Settings & {
  readonly platform: Extract<Settings["platform"], { readonly kind: K }>;
};

interface Parts<K extends Kind> {
  readonly name: string;
  readonly settings: SettingsOn<K>;
  readonly transform: NonNullable<BlueGreenAppArgs["transform"]>;
  readonly parent: pulumi.Resource;
}

/** What the component asks of a platform while the program runs. */
export interface Declares<K extends Kind> {
  /** What this platform alone refuses of well-formed settings. */
  faultsOf?(settings: SettingsOn<K>): Fault[];
  wantedPorts(settings: SettingsOn<K>): WantedPorts;
  declare(parts: Parts<K>): Declaration;
}

const known = new Map<Kind, Declares<Kind>>();

/** Makes a platform known; its entry (`@bluegreen/pulumi/docker`) does so when it is loaded, so nobody loads another one's. */
export function declares<K extends Kind>(kind: K, platform: Declares<K>): void {
  known.set(kind, platform as unknown as Declares<Kind>);
}

/** @throws `pulumi.RunError` when the platform's entry was not loaded */
export function declaresOf(name: string, { platform: { kind } }: Settings): Declares<Kind> {
  const platform = known.get(kind);
  if (platform) return platform;
  const problem = `the platform is ${kind}(), which nothing has loaded`;
  const fix = `import { ${kind} } from "@bluegreen/pulumi/${kind}"`;
  throw new pulumi.RunError(describeFaults(name, [{ code: "unsupported", problem, at: "platform", fix }]));
}
