import { registerHooks } from "node:module";

/**
 * Run by Node itself: declares an app against Pulumi's mocks and prints what was registered as JSON. A process of its
 * own, because Vitest rewrites functions, and the text of the dynamic providers' is what goes into state. The first
 * argument is a JSON object of settings that differ from those below (`adds`: what transforms add to every spec), the
 * second one says what there is around the app.
 */

export interface Around {
  /** A resource "before", which the app depends on; "after", which depends on the app; and "user", which uses its address. */
  readonly neighbours?: boolean;
  readonly options?: object;
  /** Colors that the interlock says are frozen. @default none */
  readonly frozen?: object;
  /** The color that the interlock says the run is not about. @default none */
  readonly bystander?: string;
  /** The active color as a secret output. */
  readonly color?: string;
  /** As a preview does. @default false */
  readonly preview?: boolean;
  /** A provider "there" in the app's options; a setting `"unknown"` is known later. */
  readonly provider?: { readonly package: "docker" | "kubernetes"; readonly settings: object };
}

export interface Registered {
  readonly name: string;
  readonly type: string;
  readonly parent: string;
  readonly secretOutputs: readonly string[];
  readonly protect: boolean;
  readonly provider: string;
  /** Names of the resources that it waits for. */
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];
  /** As sent to the engine: secrets are wrapped. */
  readonly inputs: any;
}

export interface Graph {
  readonly registered: readonly Registered[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

export const secretText = "hunter2-very-secret";

if (process.argv[1] === import.meta.filename)
  await main(JSON.parse(process.argv[2] ?? "{}"), JSON.parse(process.argv[3] ?? "{}"));

async function main(
  { adds, ...change }: { readonly adds?: object },
  {
    neighbours = false,
    options = {},
    provider,
    color,
    preview = false,
    frozen = { blue: false, green: false },
    bystander,
  }: Around,
): Promise<void> {
  const core = (file: string) => new URL(`../../core/src/${file}`, import.meta.url).href;
  const sources: Record<string, string> = {
    "@bluegreen/core": core("index.ts"),
    "@bluegreen/core/settings": core("settings/settings.ts"),
  };
  registerHooks({ resolve: (name, context, next) => next(sources[name] ?? name, context) });
  const pulumi = await import("@pulumi/pulumi");
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        // What the engine would have from the interlock's `check`.
        const { given, standard } = inputs.routerImage ?? {};
        const said = {
          app: "shop-a1b2c3",
          attempt: 1,
          candidate: inputs.activeColor,
          wished: inputs.activeColor,
          wanted: true,
          pending: [],
          frozen: { now: frozen },
          bystander: bystander ?? null,
          takenOver: null,
          routerRuns: given ?? standard,
        };
        const answer = type.endsWith(":Interlock") ? said : { name: `${name}-x1` };
        return { id: `${name}-id`, state: { imageId: `sha256:${name}`, stdout: "{}", ...inputs, ...answer } };
      },
      call: ({ inputs }) => inputs,
    },
    "shop",
    "test",
    preview,
  );
  const { getMonitor } = await import("@pulumi/pulumi/runtime/settings.js");
  const monitor = getMonitor() as any;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: any, done: unknown) => {
    registered.push({
      name: request.getName(),
      type: request.getType(),
      parent: request.getParent(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
      protect: request.getProtect(),
      provider: request.getProvider(),
      dependencies: request.getDependenciesList().map((urn: string) => urn.split("::").at(-1)),
      ignoreChanges: request.getIgnorechangesList(),
      inputs: request.getObject().toJavaScript(),
    });
    return register(request, done);
  };
  const { BlueGreenApp } = await import("../src/blue-green-app.ts");
  for (const platform of ["docker", "kubernetes"]) await import(`../src/${platform}/index.ts`);
  const added = (spec: any) => ({
    ...spec,
    ...adds,
    ...("pod" in spec ? { pod: { ...spec.pod, ...(adds as any).pod } } : {}),
  });
  class Neighbour extends pulumi.CustomResource {}
  const neighbour = (name: string, inputs: object, options: object) =>
    new Neighbour("test:index:Neighbour", name, inputs, options);
  const before = neighbours ? { dependsOn: [neighbour("before", {}, {})] } : {};
  const settingsOf = ({ settings }: { settings: object }) =>
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        value === "unknown" ? pulumi.output(pulumi.unknown) : value,
      ]),
    );
  const { Provider } = await import(`@pulumi/${provider?.package ?? "docker"}/provider.js`);
  const there = provider ? { provider: new Provider("there", settingsOf(provider)) } : {};
  const later = color === undefined ? {} : { activeColor: pulumi.secret(Promise.resolve(color)) };
  const settings = {
    activeColor: "blue",
    releases: {
      blue: { version: "1", images: { web: "shop:1", api: "api:1" } },
      green: { version: "2", images: { web: "shop:2" } },
    },
    services: {
      web: {
        port: 8080,
        ready: "/ready",
        replicas: 2,
        env: { MODE: "live", KEY: pulumi.secret(secretText) },
        secrets: { TOKEN: secretText },
        volumes: { "/data": {}, "/shared": { shared: true } },
      },
      api: { command: ["serve", pulumi.secret(secretText)] },
    },
    platform: { kind: "docker" },
    router: { kind: "caddy", expose: "web", port: 8080 },
    gates: [
      { kind: "http", path: "/ready" },
      { kind: "command", run: "npm run smoke", env: { API_KEY: secretText } },
    ],
    ...(adds ? { transform: { container: added, deployment: added } } : {}),
    ...change,
    ...later,
  } as const;
  const app = new BlueGreenApp("shop", settings as any, { ...options, ...before, ...there });
  if (neighbours) {
    neighbour("after", {}, { dependsOn: [app] });
    neighbour("user", { url: app.url }, {});
  }
  let outputs = {};
  const { url, candidateUrl, activeColor, release } = app;
  pulumi.output({ url, candidateUrl, activeColor, release }).apply((all) => {
    outputs = all;
  });
  process.once("beforeExit", () => process.stdout.write(JSON.stringify({ registered, outputs } satisfies Graph)));
}
