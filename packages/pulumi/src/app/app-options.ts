import type { Fault, Settings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

const unheard = "has no effect: Pulumi hands it to no child of a component";

/** Options that would do nothing, or harm; why, and what to do. */
const refused = {
  ignoreChanges: [unheard, "remove it; what changes on a live color is the interlock's word already"],
  replaceOnChanges: [unheard, "remove it; a release is replaced by its next version"],
  customTimeouts: [unheard, "use `startWithin` of the platform, and the time limits of the gates"],
  retainOnDelete: [
    "would leave what a release replaces beside the next one, which would find it under its own names",
    "use `protect`; an app that is to run on without its stack is taken out of it by `pulumi state delete`",
  ],
} as const satisfies Partial<Record<keyof pulumi.ComponentResourceOptions, readonly [string, string]>>;

/** What of the app's resource options would not do what it says. */
export function optionFaults({ platform }: Settings, options: pulumi.ComponentResourceOptions): Fault[] {
  const faults = Object.entries(refused).flatMap(([name, [why, fix]]): Fault[] => {
    const given = options[name as keyof typeof refused];
    if (given === undefined || given === false) return [];
    return [
      { code: "unsupported-option", problem: `\`${name}\` among the app's options ${why}`, at: `options.${name}`, fix },
    ];
  });
  return [...faults, ...addressFaults(platform, options)];
}

/** Where the app runs is said once: by the platform, or by a provider in the app's own options. */
function addressFaults(platform: Settings["platform"], options: pulumi.ComponentResourceOptions): Fault[] {
  const given = (["host", "kubeconfig", "context"] as const).filter((name) => name in platform);
  const { provider, providers = [] } = options;
  const all = [...(provider ? [provider] : []), ...Object.values(providers)];
  if (!all.some((one) => packageOf(one) === platform.kind)) return [];
  return given.map((name) => ({
    code: "settings-conflict",
    problem: `${platform.kind}({ ${name} }) and the provider in the app's options both say where the app runs`,
    at: `platform.${name}`,
    fix: "remove one of them",
  }));
}

function packageOf(provider: pulumi.ProviderResource): string {
  return (provider as unknown as { getPackage(): string }).getPackage();
}
