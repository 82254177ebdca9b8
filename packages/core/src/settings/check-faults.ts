import type { Fault } from "../fault.ts";
import type { CheckSettings } from "./checks.ts";
import type { Settings } from "./settings.ts";

/** Checks that nothing could come of, as gates or after the switch. */
export function checkFaults(given: Settings): Fault[] {
  const { gates, verification } = given;
  return [
    ...gates.flatMap((check, index) => faultsOf(given, check, `gates.${index}`)),
    ...verification.checks.flatMap((check, index) => {
      const at = `verification.checks.${index}`;
      return [...faultsOf(given, check, at), ...afterwardsFaults(check, at)];
    }),
  ];
}

function faultsOf(given: Settings, check: CheckSettings, at: string): Fault[] {
  return [...serviceFaults(given, check, at), ...limitFaults(given, check, at), ...jobFaults(given, check, at)];
}

function serviceFaults({ services }: Settings, check: CheckSettings, at: string): Fault[] {
  if (!("service" in check) || check.service === undefined) return [];
  const { service } = check;
  const known = Object.keys(services).map((name) => `"${name}"`);
  if (!services[service]) {
    return [{ problem: `"${service}" is no service`, at: `${at}.service`, fix: `name one of ${known.join(", ")}` }];
  }
  const asks = check.kind === "http" || check.kind === "tcp" || check.kind === "grpc";
  if (!asks || check.port !== undefined || services[service].port !== undefined) return [];
  const problem = `${service} is asked by ${check.kind}(), and has no port`;
  return [
    { problem, at: `${at}.service`, fix: `give services.${service} the port that it listens on, or name one here` },
  ];
}

/** A share of a limit that there is not. A transform may have made one. */
function limitFaults({ services, transform }: Settings, check: CheckSettings, at: string): Fault[] {
  if (transform !== undefined) return [];
  const limit = limitOf(check);
  if (limit === null) return [];
  const { service } = check as { service?: string };
  const without = Object.entries(services).filter(([name, { resources }]) => {
    return (service === undefined || name === service) && resources[limit] === undefined;
  });
  return without.map(([name]) => ({
    problem: `${check.kind}() is to stay below a share of a limit, and ${name} has none`,
    at,
    fix: `set services.${name}.resources.${limit}, or ${limit === "cpus" ? 'compare with one processor (of: "processor")' : 'name a size such as "400MB"'}`,
  }));
}

function limitOf(check: CheckSettings): "cpus" | "memory" | null {
  if (check.kind === "cpu" && check.of === "limit") return "cpus";
  return check.kind === "memory" && check.below.endsWith("%") ? "memory" : null;
}

function jobFaults({ platform }: Settings, check: CheckSettings, at: string): Fault[] {
  if (check.kind !== "job" || platform.kind === "kubernetes") return [];
  const problem = "a job runs in a Kubernetes cluster, and this is docker()";
  return [{ problem, at, fix: "use command(), which runs where Pulumi does" }];
}

function afterwardsFaults(check: CheckSettings, at: string): Fault[] {
  if (check.kind !== "window") return [];
  const problem = "a window of time says when a switch may begin, and this is after it";
  return [{ problem, at, fix: "make it a gate" }];
}

/** A check of a service that no router exposes asks the port that the service listens on. */
export function withPort(
  check: CheckSettings,
  { services, routers }: Pick<Settings, "services" | "routers">,
): CheckSettings {
  if (check.kind !== "http" && check.kind !== "tcp" && check.kind !== "grpc") return check;
  const { service } = check;
  if (service === undefined || check.port !== undefined || routers.some(({ expose }) => expose === service))
    return check;
  const port = services[service]?.port;
  return port === undefined ? check : { ...check, port };
}
