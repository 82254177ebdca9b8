import { type Color, colors, type PerColor } from "../color.ts";
import type { Fault } from "../fault.ts";
import type { CaddySettings } from "./platforms.ts";
import type { Settings } from "./settings.ts";

/** Loopback ports on which each color answers by itself, live or not. Default: the two after the live port. */
export function colorPorts(router: CaddySettings): PerColor<number> {
  return router.colorPorts ?? { blue: router.port + 1, green: router.port + 2 };
}

/** Faults between settings that are each well-formed. */
export function referenceFaults(given: Settings): Fault[] {
  const known = Object.keys(given.services);
  const { expose } = given.router;
  const faults: Fault[] = [];
  const exposed = given.services[expose];
  if (!exposed) {
    faults.push({ problem: `"${expose}" is no service`, at: "router.expose", fix: `name one of ${quote(known)}` });
  } else {
    if (exposed.port === undefined) {
      const problem = `the router exposes "${expose}", which has no port`;
      faults.push({ problem, at: `services.${expose}.port`, fix: "give it the port that it listens on" });
    }
    if (given.router.kind === "caddy" && exposed.replicas > 60) {
      const problem = `the router exposes "${expose}", which has ${exposed.replicas} replicas; it can share among 60`;
      faults.push({ problem, at: `services.${expose}.replicas`, fix: "choose 60 or fewer" });
    }
    if (exposed.ready === undefined) {
      const problem = `the router exposes "${expose}", which has no ready path, so nothing could gate a switch`;
      faults.push({ problem, at: `services.${expose}.ready`, fix: 'give it a path such as "/health/ready"' });
    }
  }
  for (const color of colors) faults.push(...releaseFaults(color, given));
  if (!given.releases[given.activeColor]) {
    const problem = `activeColor is "${given.activeColor}", and ${given.activeColor} has no release`;
    faults.push({ problem, at: `releases.${given.activeColor}`, fix: "give it a version and images" });
  }
  faults.push(...platformFaults(given));
  return faults;
}

function releaseFaults(color: Color, given: Settings): Fault[] {
  const release = given.releases[color];
  if (!release) return [];
  const unknown = Object.keys(release.images).filter((name) => !given.services[name]);
  const faults = unknown.map((name) => ({
    problem: `"${name}" is no service`,
    at: `releases.${color}.images.${name}`,
    fix: `name one of ${quote(Object.keys(given.services))}, or declare it under services`,
  }));
  if (!release.images[given.router.expose]) {
    const problem = `${color} ${release.version} has no image for "${given.router.expose}", which the router exposes`;
    faults.push({ problem, at: `releases.${color}.images`, fix: `add an image for ${given.router.expose}` });
  }
  return faults;
}

/** What the chosen platform and router can't do with these settings. */
function platformFaults(given: Settings): Fault[] {
  const { platform, router } = given;
  if (platform.kind === "docker") {
    return router.kind === "caddy"
      ? [...portFaults(router), ...dockerFaults(given)]
      : [wrongRouter("docker()", "caddy()")];
  }
  if (router.kind === "caddy") return [wrongRouter("kubernetes()", "service() or ingress()")];
  return kubernetesFaults(given);
}

function wrongRouter(platform: string, routers: string): Fault {
  return { problem: `this router does not run on ${platform}`, at: "router", fix: `use ${routers}` };
}

function portFaults(router: CaddySettings): Fault[] {
  const ports = [router.port, ...Object.values(colorPorts(router))];
  if (new Set(ports).size === ports.length) return [];
  const problem = `the live address and the colors share a port: ${ports.join(", ")}`;
  return [{ problem, at: "router.colorPorts", fix: "give each its own port" }];
}

function dockerFaults(given: Settings): Fault[] {
  const faults: Fault[] = Object.entries(given.services)
    .filter(([, service]) => service.kubernetes !== undefined)
    .map(([name]) => ({
      problem: `services.${name}.kubernetes is of no use on docker()`,
      at: `services.${name}.kubernetes`,
      fix: "remove it, or use kubernetes()",
    }));
  given.gates.forEach((gate, index) => {
    if (gate.kind !== "job") return;
    const problem = "a job runs in a Kubernetes cluster, and this is docker()";
    faults.push({ problem, at: `gates.${index}`, fix: "use command(), which runs where Pulumi does" });
  });
  if (given.retire === "warm") return faults;
  const problem = "docker() keeps the idle color warm; it can't retire it";
  return [...faults, { problem, at: "retire", fix: 'remove it, or choose "warm"' }];
}

/** Kubernetes allows 63 characters for a Service's name, and ours are `<app>-<6 hex>-green-<service>`. */
const nameLimit = 63 - "-a1b2c3-green-".length;

function kubernetesFaults(given: Settings): Fault[] {
  return Object.entries(given.services).flatMap(([name, service]) => {
    const at = `services.${name}`;
    const faults: Fault[] = [];
    if (Object.keys(service.volumes).length > 0) {
      const fix = "mount what you have by `transform.deployment`; a volume claim can't be made for every storage class";
      faults.push({ problem: `${name} has volumes, which kubernetes() does not make`, at: `${at}.volumes`, fix });
    }
    if (service.user !== undefined && !/^\d+$/.test(service.user)) {
      const problem = `${name} runs as "${service.user}"; Kubernetes takes users by number`;
      faults.push({ problem, at: `${at}.user`, fix: 'give its number, such as "1000"' });
    }
    if (service.port === undefined && service.ready !== undefined) {
      const problem = `${name} has a ready path and no port`;
      faults.push({ problem, at: `${at}.port`, fix: "give it the port that it listens on" });
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
      problem: `the names "${app}" and "${service}" have ${app.length + service.length} characters together; Kubernetes leaves them ${nameLimit}`,
      at: `services.${service}`,
      fix: "shorten one of them",
    }));
}

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
