import { type Color, hasAddress, type KubernetesSettings, type RouterSettings, type Settings } from "@bluegreen/core";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import {
  afterAll,
  type Declaration,
  type DeclaredColor,
  type DeclaredFacts,
  type DeclaredRouter,
  ofRelease,
  type Rendered,
} from "../../app/declaration.ts";
import { givenProvider } from "../../app/given-provider.ts";
import { defineReleases, sizesOf } from "../../app/release-definition.ts";
import { transformedSpec } from "../../app/transformed-spec.ts";
import type { RouterQuery } from "../../contracts/addresses.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { Leftovers } from "../../leftovers/resource.ts";
import { noRouterQuery } from "../../workers/declare.ts";
import { type DeploymentTransform, deploymentSpec, refusedOfPods, reservedOfPods } from "./deployment-spec.ts";
import { declareColor } from "./environment.ts";
import { type Ground, labelsOf } from "./metadata.ts";
import { nodePorts } from "./node-ports.ts";
import { declareRouters } from "./router.ts";
import { routedPortsOf } from "./router-ports.ts";
import { type ObjectTransform, type Transformed, transformer } from "./transform.ts";

/** An app in one namespace of a cluster, behind a Service or an Ingress. */
export class KubernetesDeclaration implements Declaration {
  readonly facts: DeclaredFacts;
  private readonly name: string;
  private readonly settings: Settings;
  private readonly platform: KubernetesSettings;
  private readonly deployment: DeploymentTransform | undefined;
  private readonly transformed: Transformed;
  private readonly child: pulumi.CustomResourceOptions;
  private attached: pulumi.CustomResourceOptions = {};

  constructor(parts: {
    readonly name: string;
    readonly settings: Settings;
    readonly deployment: DeploymentTransform | undefined;
    readonly object: ObjectTransform | undefined;
    readonly parent: pulumi.Resource;
  }) {
    const { name, settings, parent } = parts;
    this.name = name;
    this.settings = settings;
    this.platform = settings.platform as KubernetesSettings;
    this.deployment = parts.deployment;
    this.transformed = transformer(parts.object);
    this.facts = factsOf(settings, addressOf(this.platform, parent));
    this.child = childOptions(name, this.platform, parent);
  }

  defineReleases() {
    const specOf: Parameters<typeof defineReleases>[1] = (service, where) => {
      const image = this.settings.releases[where.color]?.images[where.service] as pulumi.Input<string>;
      const spec = deploymentSpec(service, image);
      return transformedSpec(this.name, spec, where, {
        at: "transform.deployment",
        transform: this.deployment,
        reserved: reservedOfPods,
        refuse: refusedOfPods(where.service, service.port),
      });
    };
    return defineReleases(this.settings, specOf, (service) => routedPortsOf(this.settings, service));
  }

  declareRouter({ app, shape, livePorts, replicas }: Interlock): DeclaredRouter {
    const ground = this.groundOf(app);
    const namespace = this.platform.createNamespace ? [this.declareNamespace(ground)] : [];
    const options = { parent: this.child.parent as pulumi.Resource, dependsOn: namespace };
    const leftovers = new Leftovers(`${this.name}-leftovers`, { app, platform: this.facts.address }, options);
    this.attached = { ...this.child, dependsOn: [...namespace, leftovers] };
    const { settings, transformed } = this;
    return declareRouters(settings, { ground, transformed, shape, livePorts, replicas, child: this.attached });
  }

  /** Nodes fetch them. */
  declareImages() {
    return [];
  }

  declareColor(color: Color, interlock: Interlock, rendered: Rendered): DeclaredColor {
    const { settings, transformed } = this;
    const ground = this.groundOf(interlock.app);
    const child = { ...afterAll(this.attached, rendered.after), ...ofRelease };
    return declareColor({ ground, color, settings, interlock, rendered, transformed, child });
  }

  private groundOf(app: pulumi.Output<string>): Ground {
    return { name: this.name, app, namespace: this.platform.namespace };
  }

  private declareNamespace(ground: Ground): Namespace {
    const args = { metadata: { name: this.platform.namespace, labels: labelsOf(ground, "router") } };
    return new Namespace(`${this.name}-namespace`, this.transformed({ kind: "Namespace" }, args), this.child);
  }
}

function factsOf(settings: Settings, address: DeclaredFacts["address"]): DeclaredFacts {
  const { routers, services } = settings;
  const [first, ...others] = routers;
  const own = routers.filter((router) => router.kind === "ingress" || (router.kind === "service" && !router.ports));
  return {
    address,
    publishes: nodePorts(settings),
    scales: true,
    routerQueries: [queryOf(first), ...others.map(queryOf)],
    sizes: sizesOf(settings, (service) => {
      const { resources = {} } = deploymentSpec(service, "");
      return Object.keys(resources).length > 0 ? { resources } : {};
    }),
    livePorts: Object.fromEntries(own.map(({ expose }) => [expose, services[expose]?.port ?? 0])),
  };
}

/** What the cutover writes is a Service, which is ours unless it is given, an Ingress, or its record alone. */
function queryOf(router: RouterSettings): RouterQuery {
  if (!hasAddress(router)) return noRouterQuery(router);
  const writesIngress = router.kind === "ingress" && router.switches === "ingress";
  const name = router.kind === "service" || writesIngress ? (router.name ?? "") : "";
  const adopt = router.kind === "service" && router.adopt;
  const port = router.kind === "service" && router.adopt ? router.ports?.[0]?.port : undefined;
  return { kind: writesIngress ? "ingress" : "service", name, adopt, ...(port === undefined ? {} : { port }) };
}

/** As the provider finds the cluster that the app's objects get: ours, the given one, or the default one. */
function addressOf({ kubeconfig, context, namespace }: KubernetesSettings, app: pulumi.Resource) {
  const at = (kubeconfig: pulumi.Input<string>, context: pulumi.Input<string>) => {
    return { kind: "kubernetes" as const, kubeconfig, context, namespace };
  };
  const secret = (given: pulumi.Input<string>) => (given === "" ? "" : pulumi.secret(given));
  if (kubeconfig !== undefined || context !== undefined) {
    return at(secret((kubeconfig as pulumi.Input<string> | undefined) ?? ""), context ?? "");
  }
  const provider = givenProvider(app, "kubernetes");
  if (provider) {
    // Its SDK fills in `KUBECONFIG`, which is the ambient one and a path of this machine.
    const given = provider("kubeconfig").apply((it) => (it === process.env.KUBECONFIG ? "" : (it ?? "")));
    return at(
      secret(given),
      provider("context").apply((it) => it ?? ""),
    );
  }
  const config = new pulumi.Config("kubernetes");
  return at(secret(config.getSecret("kubeconfig") ?? ""), config.get("context") ?? "");
}

/** Children belong to the component and, when a cluster is given, to a provider for it. */
function childOptions(
  name: string,
  { kubeconfig, context }: KubernetesSettings,
  parent: pulumi.Resource,
): pulumi.CustomResourceOptions {
  if (kubeconfig === undefined && context === undefined) return { parent };
  const args = {
    ...(kubeconfig === undefined ? {} : { kubeconfig: kubeconfig as pulumi.Input<string> }),
    ...(context === undefined ? {} : { context }),
  };
  return { parent, provider: new Provider(`${name}-kubernetes`, args, { parent }) };
}
