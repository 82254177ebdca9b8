import type { Fault, Settings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

/** Options that Pulumi hands to no child of a component, and what does what they are meant for. */
const unheard = {
  ignoreChanges:
    "what changes on a live color is the interlock's word already; use `transforms` for one of the children",
  replaceOnChanges: "a release is replaced by its next version",
  customTimeouts: "use `startWithin` of the platform, and the time limits of the gates",
} as const satisfies Partial<Record<keyof pulumi.ComponentResourceOptions, string>>;

/** What of the app's resource options would do nothing, or not what it says. */
export function optionFaults({ platform }: Settings, options: pulumi.ComponentResourceOptions): Fault[] {
  const idle = Object.entries(unheard).filter(([name]) => options[name as keyof typeof unheard] !== undefined);
  return [
    ...idle.map(([name, fix]) => {
      const problem = `\`${name}\` among the app's options has no effect: Pulumi hands it to no child of a component`;
      return { problem, at: `options.${name}`, fix: `remove it; ${fix}` };
    }),
    ...addressFaults(platform, options),
  ];
}

/** Where the app runs is said once: by the platform, or by a provider in the app's own options. */
function addressFaults(platform: Settings["platform"], options: pulumi.ComponentResourceOptions): Fault[] {
  const given = (["host", "kubeconfig", "context"] as const).filter((name) => name in platform);
  const { provider, providers = [] } = options;
  const all = [...(provider ? [provider] : []), ...Object.values(providers)];
  if (!all.some((one) => packageOf(one) === platform.kind)) return [];
  return given.map((name) => ({
    problem: `${platform.kind}({ ${name} }) and the provider in the app's options both say where the app runs`,
    at: `platform.${name}`,
    fix: "remove one of them",
  }));
}

function packageOf(provider: pulumi.ProviderResource): string {
  return (provider as unknown as { getPackage(): string }).getPackage();
}
