import { type Color, colors, isColor } from "../color.ts";
import type { Fault } from "../fault.ts";
import { checkFaults } from "./check-faults.ts";
import { describe } from "./explain.ts";
import { migrationFaults } from "./migrations.ts";
import type { RouterSettings } from "./platforms.ts";
import { readyOf } from "./ready.ts";
import { colorPorts, hasAddress, idleIsStopped, routerTraits } from "./routers.ts";
import type { Settings } from "./settings.ts";

/** Faults between settings that are each well-formed. */
export function referenceFaults(given: Settings): Fault[] {
  const faults = given.routers.flatMap((router, index) => {
    return hasAddress(router) ? exposeFaults(given, router, placeOf(given, index)) : [];
  });
  for (const color of colors) faults.push(...releaseFaults(color, given));
  if (isColor(given.activeColor) && !given.releases[given.activeColor]) {
    const problem = `activeColor is "${given.activeColor}", and ${given.activeColor} has no release`;
    faults.push({
      code: "no-release",
      problem,
      at: `releases.${given.activeColor}`,
      fix: "give it a version and images",
    });
  }
  faults.push(...checkFaults(given), ...platformFaults(given), ...sharedFaults(given), ...migrationFaults(given));
  return faults;
}

function placeOf({ routers }: Settings, index: number): string {
  return routers.length === 1 ? "router" : `router.${index}`;
}

function exposeFaults({ services }: Settings, router: RouterSettings, at: string): Fault[] {
  const { expose } = router;
  const exposed = services[expose];
  const known = Object.keys(services);
  if (!exposed)
    return [
      {
        code: "unknown-service",
        problem: `"${expose}" is not a service`,
        at: `${at}.expose`,
        fix: `name one of ${quote(known)}`,
      },
    ];
  const faults: Fault[] = [];
  if (exposed.port === undefined) {
    const problem = `the router exposes "${expose}", which has no port`;
    faults.push({
      code: "settings-conflict",
      problem,
      at: `services.${expose}.port`,
      fix: "give it the port that it listens on",
    });
  }
  const { sharesAmong = Number.POSITIVE_INFINITY, speaksHttpOnly } = routerTraits[router.kind];
  if (exposed.replicas > sharesAmong) {
    const problem = `the router exposes "${expose}", which has ${exposed.replicas} replicas; it can share among ${sharesAmong}`;
    faults.push({
      code: "unsupported",
      problem,
      at: `services.${expose}.replicas`,
      fix: `choose ${sharesAmong} or fewer`,
    });
  }
  const ready = readyOf(exposed);
  if (speaksHttpOnly && ready?.scheme === "https" && ready.port === exposed.port) {
    faults.push({
      code: "unsupported",
      problem: `the router exposes "${expose}", whose port ${exposed.port} speaks TLS; ${router.kind}() speaks HTTP to containers`,
      at: `services.${expose}.ready.scheme`,
      fix: "let the service speak HTTP on its port, or give `ready` a port of its own",
    });
  }
  if (exposed.ready === undefined) {
    const problem = `the router exposes "${expose}", which has no ready path, so nothing could gate a switch`;
    faults.push({
      code: "settings-conflict",
      problem,
      at: `services.${expose}.ready`,
      fix: 'give it a path such as "/health/ready"',
    });
  }
  return faults;
}

function releaseFaults(color: Color, given: Settings): Fault[] {
  const release = given.releases[color];
  if (!release) return [];
  const unknown = Object.keys(release.images).filter((name) => !given.services[name]);
  const faults = unknown.map(
    (name): Fault => ({
      code: "unknown-service",
      problem: `"${name}" is not a service`,
      at: `releases.${color}.images.${name}`,
      fix: `name one of ${quote(Object.keys(given.services))}, or declare it under services`,
    }),
  );
  for (const { expose } of given.routers) {
    if (expose === "" || release.images[expose]) continue;
    const problem = `${color} ${release.version} has no image for "${expose}", which the router exposes`;
    faults.push({
      code: "settings-conflict",
      problem,
      at: `releases.${color}.images`,
      fix: `add an image for ${expose}`,
    });
  }
  return faults;
}

/** What the chosen platform and routers can't do with these settings. */
function platformFaults(given: Settings): Fault[] {
  const { platform, routers } = given;
  const use = platform.kind === "docker" ? "caddy() or none()" : "service(), ingress() or none()";
  const wrong = routers.flatMap(({ kind }, index): Fault[] => {
    if (routerTraits[kind].runsOn.includes(platform.kind)) return [];
    const problem = `this router does not run on ${platform.kind}()`;
    return [{ code: "unsupported", problem, at: placeOf(given, index), fix: `use ${use}` }];
  });
  if (wrong.length > 0) return wrong;
  return platform.kind === "docker" ? dockerFaults(given) : kubernetesFaults(given);
}

/** What two routers of one app may not have in common. */
function sharedFaults(given: Settings): Fault[] {
  const taken = new Map<string, string>();
  return given.routers.flatMap((router, index) => {
    const own = placeOf(given, index);
    return claimsOf(router).flatMap(({ what, key, of }): Fault[] => {
      const at = `${own}.${of}`;
      const other = taken.get(key);
      taken.set(key, other ?? at);
      if (other === undefined) return [];
      const fix = "give each its own";
      if (of === "colorPorts" && other === at) {
        return [{ code: "settings-conflict", problem: `both colors answer on ${what}`, at, fix }];
      }
      return [{ code: "settings-conflict", problem: `${other} and ${at} are both ${what}`, at, fix }];
    });
  });
}

/** What a router takes for itself: the service, and what it is reached by. */
function claimsOf(router: RouterSettings): { what: string; key: string; of: string }[] {
  const exposed = { what: `service "${router.expose}"`, key: `expose ${router.expose}`, of: "expose" };
  const port = (of: string, number: number) => ({ what: `port ${number}`, key: `port ${number}`, of });
  const named = (kind: string) => {
    if (!("name" in router) || router.name === undefined) return [];
    return [{ what: `${kind} "${router.name}"`, key: `${kind} ${router.name}`, of: "name" }];
  };
  switch (router.kind) {
    case "caddy": {
      const { blue, green } = colorPorts(router);
      return [exposed, port("port", router.port), port("colorPorts", blue), port("colorPorts", green)];
    }
    case "service": {
      const nodePorts = new Set((router.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []));
      return [exposed, ...named("Service"), ...[...nodePorts].map((nodePort) => port("ports", nodePort))];
    }
    case "ingress": {
      const { host = "", path, pathType } = router;
      const rule = `${host}${path}`;
      return [exposed, ...named("Ingress"), { what: `"${rule}"`, key: `${pathType} ${rule}`, of: "path" }];
    }
    case "none":
      return [];
    default:
      return router satisfies never;
  }
}

function dockerFaults(given: Settings): Fault[] {
  const faults: Fault[] = Object.entries(given.services)
    .filter(([, service]) => service.kubernetes !== undefined)
    .map(([name]) => ({
      code: "unsupported",
      problem: `services.${name}.kubernetes does nothing on docker()`,
      at: `services.${name}.kubernetes`,
      fix: "remove it, or use kubernetes()",
    }));
  const [first, ...others] = given.routers;
  others.forEach((router, index) => {
    if (first.kind !== "caddy" || router.kind !== "caddy" || router.image === first.image) return;
    const problem = "all routers of an app are one Caddy, and this one has another image than the first";
    faults.push({
      code: "settings-conflict",
      problem,
      at: `router.${index + 1}.image`,
      fix: "give all of them the same",
    });
  });
  if (given.retire === "warm" || idleIsStopped(first)) return faults;
  const problem = "docker() keeps the idle color warm; it can't retire it";
  return [...faults, { code: "unsupported", problem, at: "retire", fix: 'remove it, or choose "warm"' }];
}

/** Kubernetes allows 63 characters for a Service's name, and ours are `<app>-<6 hex>-green-<service>`. */
const nameLimit = 63 - "-a1b2c3-green-".length;

function kubernetesFaults(given: Settings): Fault[] {
  return Object.entries(given.services).flatMap(([name, service]) => {
    const at = `services.${name}`;
    const faults: Fault[] = [];
    if (Object.keys(service.volumes).length > 0) {
      const fix = "mount what you have by `transform.deployment`; a volume claim can't be made for every storage class";
      faults.push({
        code: "unsupported",
        problem: `${name} has volumes, which kubernetes() does not make`,
        at: `${at}.volumes`,
        fix,
      });
    }
    if (service.user !== undefined && !/^\d+$/.test(service.user)) {
      const problem = `${name} runs as ${describe(service.user)}; Kubernetes takes users by number`;
      faults.push({ code: "unsupported", problem, at: `${at}.user`, fix: 'give its number, such as "1000"' });
    }
    if (service.port === undefined && service.ready !== undefined) {
      const problem = `${name} has a ready path and no port`;
      faults.push({ code: "settings-conflict", problem, at: `${at}.port`, fix: "give it the port that it listens on" });
    }
    return faults;
  });
}

/** Names that would be too long for Kubernetes, which the app's own name is part of. */
export function nameFaults(app: string, given: Settings): Fault[] {
  if (given.platform.kind !== "kubernetes") return [];
  return Object.keys(given.services)
    .filter((service) => app.length + service.length > nameLimit)
    .map((service) => ({
      code: "unsupported",
      problem: `the names "${app}" and "${service}" have ${app.length + service.length} characters together; Kubernetes leaves them ${nameLimit}`,
      at: `services.${service}`,
      fix: "shorten one of them",
    }));
}

export function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
