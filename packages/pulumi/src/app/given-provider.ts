import { describeFaults, type Fault, type Settings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";

type Package = Settings["platform"]["kind"];

/** A setting of a provider, which is there for every input that its constructor knows. */
type ProviderSetting = (name: string) => pulumi.Output<string | undefined>;

/**
 * In a preview the SDK has a setting that was not given down as unknown, with no value (`resolveProperties` in
 * `sdk/nodejs/runtime/rpc.ts`); one that really is unknown has a value that says so.
 */
interface SettingOutput {
  promise(withUnknowns: true): Promise<string | undefined>;
}

/** What providers can be told about where they go, and interlock, gates and cutover can't follow; and what does instead. */
const unfollowed: Readonly<Record<Package, Readonly<Record<string, string>>>> = {
  docker: {
    context: "give it `host`: `docker context inspect` shows it",
    caMaterial: "put ca.pem, cert.pem and key.pem into a folder and set DOCKER_CERT_PATH to it",
    certMaterial: "put ca.pem, cert.pem and key.pem into a folder and set DOCKER_CERT_PATH to it",
    keyMaterial: "put ca.pem, cert.pem and key.pem into a folder and set DOCKER_CERT_PATH to it",
    certPath: "set DOCKER_CERT_PATH to it instead",
    sshOpts: "put them into ~/.ssh/config",
  },
  kubernetes: {
    cluster: "name a context of the kubeconfig whose cluster it is: `context`",
    renderYamlToDirectory: "remove it: a cutover needs a cluster",
  },
};

/**
 * Where the provider goes that the app's children get from its resource options or its parent's, so that whatever asks
 * the platform by itself goes there, too; `undefined` without one. What of its settings can't be followed is refused once
 * it is known.
 */
export function givenProvider(app: pulumi.Resource, kind: Package): ProviderSetting | undefined {
  const provider = app.getProvider(`${kind}:index:any`);
  if (!provider) return undefined;
  const settings = provider as unknown as Readonly<Record<string, SettingOutput | undefined>>;
  const setting: ProviderSetting = (name) =>
    pulumi.all([settings[name]?.promise(true), provider.urn]).apply(([value]) => value);
  const names = Object.keys(unfollowed[kind]);
  const legal = pulumi.all(names.map(setting)).apply((values) => {
    const faults = names.flatMap((name, index): Fault[] => {
      // Lists arrive as JSON.
      if ([undefined, "", "[]"].includes(values[index])) return [];
      const problem = `the app's ${kind} provider has \`${name}\`, which interlock, gates and cutover can't follow`;
      return [{ code: "unfollowed-provider", problem, at: `provider.${name}`, fix: unfollowed[kind][name] ?? "" }];
    });
    if (faults.length > 0) throw new pulumi.RunError(describeFaults(nameOf(app), faults));
    return true;
  });
  return (name) => pulumi.all([setting(name), legal]).apply(([value]) => value);
}

function nameOf(app: pulumi.Resource): string {
  return (app as unknown as { readonly __name: string }).__name;
}
