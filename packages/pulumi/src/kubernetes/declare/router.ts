import {
  type Color,
  type IngressRouterSettings,
  milliseconds,
  type NoRouterSettings,
  type RouterSettings,
  readyOf,
  type ServiceRouterSettings,
  type Settings,
} from "@bluegreen/core";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";

import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { DeclaredFront, DeclaredRouter } from "../../app/declaration.ts";
import { reachesOf, schemeOf } from "../../checks/parts/reach.ts";
import type { RouterObject } from "../../contracts/addresses.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { declareNoRouter } from "../../workers/declare.ts";
import { annotations, exposedPort, liveName } from "../labels.ts";
import { type Ground, labelsOf, nameOf } from "./metadata.ts";
import { targetPortsOf } from "./router-ports.ts";
import type { Transformed } from "./transform.ts";

interface RouterParts extends Pick<Interlock, "shape" | "livePorts" | "replicas"> {
  readonly ground: Ground;
  /** What is exposed, and where it listens by the program's present settings. */
  readonly service: string;
  readonly listens: number | undefined;
  readonly services: Settings["services"];
  /** Tells the parts of one of several routers from those of the first; empty for that one. */
  readonly suffix: string;
  readonly transformed: Transformed;
  readonly child: pulumi.CustomResourceOptions;
}

type ServicePort = core.v1.ServicePort;
type Declared = DeclaredFront & {
  readonly resources: readonly pulumi.Resource[];
  readonly objects: readonly pulumi.Output<RouterObject>[];
};

/** What stands in front, as Pulumi declares it: without the fields that decide about the color, which are the cutover's. */
export function declareRouters(
  { routers, services }: Settings,
  parts: Omit<RouterParts, "service" | "listens" | "suffix" | "services">,
): DeclaredRouter {
  const declared = routers.map((router, index) => {
    const { expose: service } = router;
    const own = { service, services, listens: services[service]?.port, suffix: index === 0 ? "" : `-${service}` };
    return declareRouter({ ...parts, ...own }, router);
  });
  return {
    resources: declared.flatMap(({ resources }) => resources),
    fronts: declared as unknown as DeclaredRouter["fronts"],
    objects: declared.flatMap(({ objects }) => objects),
  };
}

type Written = "Service" | "Ingress" | "switched Ingress";
type Fields = Readonly<Record<string, any>>;

/** An object's spec without what the cutover writes; what a Service's port leads to belongs to a release. */
const declaredOf: Readonly<Record<Written, (spec: Fields) => Fields>> = {
  Service: ({ selector: _selector, ports = [], ...spec }) => {
    return { ...spec, ports: ports.map(({ targetPort: _target, ...port }: Fields) => port) };
  },
  Ingress: (spec) => spec,
  "switched Ingress": ({ rules: _rules, defaultBackend: _backend, ...spec }) => spec,
};

const others = /^(bluegreen|pulumi\.com|kubectl\.kubernetes\.io)\//;

/** Taken from what was made, not from the program: transforms of the whole stack have changed it, too. */
function objectOf(written: Written, { metadata, spec }: Service | Ingress): pulumi.Output<RouterObject> {
  return pulumi.all([metadata, spec as pulumi.Output<Fields>]).apply(([{ name, annotations }, spec]): RouterObject => {
    const own = Object.entries(annotations ?? {}).filter(([key]) => !others.test(key));
    const object = `${written === "Service" ? "Service" : "Ingress"} ${name}`;
    return { object, annotations: Object.fromEntries(own), spec: declaredOf[written](spec ?? {}) };
  }) as pulumi.Output<RouterObject>;
}

function declareRouter(parts: RouterParts, router: RouterSettings): Declared {
  switch (router.kind) {
    case "service":
      return declareServiceRouter(parts, router);
    case "ingress":
      return declareIngressRouter(parts, router);
    case "none":
      return declareRecord(parts, router);
    default:
      throw new TypeError(`a ${router.kind} router does not run on Kubernetes`);
  }
}

/** Name of the stable object where the user has given none. */
function nameOfLive({ ground, service, suffix }: RouterParts): pulumi.Output<string> {
  return ground.app.apply((app) => liveName(app, suffix === "" ? null : service));
}

/** The live address's port where the user has given none. */
function livePortOf({ livePorts, service, listens }: RouterParts): pulumi.Output<number> {
  return livePorts.apply((ports) => ports?.[service] ?? listens ?? 0);
}

/**
 * Nothing routes; the cutover writes its record on this object. Beside it stands the size in which each service is started,
 * which is no part of a release: on a Deployment it would be the one thing that may change while all else is frozen.
 */
function declareRecord(parts: RouterParts, router: NoRouterSettings): Declared {
  const { ground, transformed, child } = parts;
  const metadata = {
    name: ground.app,
    namespace: ground.namespace,
    labels: labelsOf(ground, "router"),
    annotations: { [annotations.replicas]: sizesOf(parts) },
  };
  const record = new ConfigMap(`${ground.name}-router`, transformed({ kind: "ConfigMap" }, { metadata }), child);
  return { ...declareNoRouter(router, record.metadata.name), resources: [record], objects: [] };
}

/** `{"bot":1,"web":2}`: the smallest size of a service that is scaled by itself. */
function sizesOf({ replicas, services }: RouterParts): pulumi.Output<string> {
  return replicas.apply((declared) => {
    const sizes = Object.entries(declared).map(([name, size]) => {
      return [name, services[name]?.kubernetes?.autoscale?.min ?? size] as const;
    });
    return JSON.stringify(Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1))));
  });
}

function declareServiceRouter(parts: RouterParts, router: ServiceRouterSettings): Declared {
  const { ground, listens, service: exposed, services } = parts;
  const name = router.name === undefined ? nameOfLive(parts) : pulumi.output(router.name);
  const targets = targetPortsOf(router.ports ?? [], listens);
  const ports = router.ports?.map((port, index) => ({ ...port, targetPort: targets[index] as string })) ?? [
    ownPort(parts),
  ];
  const service =
    router.adopt && router.name !== undefined
      ? // It stays declared by whoever made it: Pulumi creates nothing that is there already.
        Service.get(`${ground.name}-router${parts.suffix}`, `${ground.namespace}/${router.name}`, parts.child)
      : declareService(parts, { name, ports, type: router.type, annotations: annotationsOf(router) });
  const own = router.adopt ? service.spec.apply(({ ports }) => ports?.[0]?.port ?? 0) : livePortOf(parts);
  const port = router.ports?.[0]?.port ?? own;
  const scheme = schemeOf({ ready: readyOf(services[exposed] ?? {}) }, listens);
  const inside = pulumi.interpolate`${scheme}://${name}.${ground.namespace}:${port}`;
  return {
    resources: [service],
    objects: [objectOf("Service", service)],
    address: {
      kind: "service",
      name: service.metadata.name,
      port,
      url: router.url ?? "",
      ...(router.adopt ? { adopted: true } : {}),
    },
    url: router.url === undefined ? inside : pulumi.output(router.url),
    colorUrl: (color) => candidateUrl(parts, color),
  };
}

function declareIngressRouter(parts: RouterParts, router: IngressRouterSettings): Declared {
  const { ground, child, transformed } = parts;
  const name = router.name === undefined ? nameOfLive(parts) : pulumi.output(router.name);
  const host = router.host === undefined ? {} : { host: router.host };
  const ports = [ownPort(parts)];
  // For the Ingress that the cutover writes it is where traffic goes while no color is live: a Service without pods.
  const service = declareService(parts, { name: nameOfLive(parts), ports, type: "ClusterIP", annotations: {} });
  const backend = { service: { name: service.metadata.name, port: { number: livePortOf(parts) } } };
  const { path, pathType } = router;
  const constant = router.switches === "service";
  const args = {
    metadata: {
      name,
      namespace: ground.namespace,
      labels: labelsOf(ground, "router"),
      annotations: { "pulumi.com/skipAwait": "true", ...annotationsOf(router) },
    },
    spec: {
      ...(router.className === undefined ? {} : { ingressClassName: router.className }),
      ...(router.tlsSecret === undefined
        ? {}
        : { tls: [{ secretName: router.tlsSecret, ...(router.host === undefined ? {} : { hosts: [router.host] }) }] }),
      ...(constant
        ? { rules: [{ ...host, http: { paths: [{ path, pathType, backend }] } }] }
        : { defaultBackend: backend }),
    },
  };
  const ingress = new Ingress(`${ground.name}-ingress${parts.suffix}`, transformed({ kind: "Ingress" }, args), child);
  const scheme = router.tlsSecret === undefined ? "http" : "https";
  const outside = `${scheme}://${router.host ?? "localhost"}${path === "/" ? "" : path}`;
  const reached = { url: router.url ?? "", followMs: milliseconds(router.followWithin) };
  const shared = {
    resources: [service, ingress],
    objects: [objectOf("Service", service), objectOf(constant ? "Ingress" : "switched Ingress", ingress)],
    url: pulumi.output(router.url ?? outside),
    colorUrl: (color: Color) => candidateUrl(parts, color),
  };
  if (constant) {
    return {
      ...shared,
      address: {
        kind: "service",
        name: service.metadata.name,
        port: livePortOf(parts),
        host: router.host ?? "",
        ...reached,
      },
    };
  }
  const rules = [{ host: router.host ?? "", path, pathType }];
  return { ...shared, address: { kind: "ingress", name: ingress.metadata.name, rules, ...reached } };
}

/**
 * The stable Service. It has no selector here: the cutover writes that under a field manager of its own, so that no
 * update or refresh of this declaration ever touches it. Its ports lead to names, whose numbers are the pods' own.
 */
function declareService(
  { ground, suffix, transformed, child }: RouterParts,
  {
    name,
    ports,
    type,
    annotations,
  }: {
    readonly name: pulumi.Output<string>;
    readonly ports: readonly pulumi.Input<ServicePort>[];
    readonly type: string;
    readonly annotations: Record<string, pulumi.Input<string>>;
  },
): Service {
  const metadata = {
    name,
    namespace: ground.namespace,
    labels: labelsOf(ground, "router"),
    annotations: { "pulumi.com/skipAwait": "true", ...annotations },
  };
  const spec = {
    type,
    ports: [...ports],
  };
  return new Service(`${ground.name}-router${suffix}`, transformed({ kind: "Service" }, { metadata, spec }), child);
}

function ownPort(parts: RouterParts): ServicePort {
  return { name: "http", port: livePortOf(parts), protocol: "TCP", targetPort: exposedPort };
}

function annotationsOf({ annotations }: { readonly annotations: Record<string, unknown> }) {
  return annotations as Record<string, pulumi.Input<string>>;
}

/** Inside the cluster; a color without a release has the address that it will have. */
function candidateUrl({ ground, service, shape, listens }: RouterParts, color: Color): pulumi.Output<string> {
  const inside = shape.apply((shapes) => {
    const own = reachesOf(shapes[color])[service];
    return { scheme: schemeOf(own, own?.port), port: own?.port ?? listens ?? 0 };
  });
  return pulumi.interpolate`${inside.scheme}://${nameOf(ground, color, service)}.${ground.namespace}:${inside.port}`;
}
