import type { Fault } from "../fault.ts";
import type { CheckSettings } from "./checks.ts";
import type { NoRouterSettings, RouterSettings } from "./platforms.ts";
import { quote } from "./references.ts";
import { hasAddress, isExclusive } from "./routers.ts";
import type { Given } from "./settings.ts";

/** What an app without a live address can't be told. */
export function workerFaults(given: Given, router: RouterSettings): Fault[] {
  const { services } = given;
  if (hasAddress(router)) return runningFaults(given);
  const known = Object.keys(services);
  const named = Array.isArray(router.exclusive) ? router.exclusive : [];
  const faults: Fault[] = named
    .filter((name) => !services[name])
    .map((name) => ({
      code: "unknown-service",
      problem: `"${name}" is not a service`,
      at: "router.exclusive",
      fix: `name some of ${quote(known)}`,
    }));
  faults.push(...exposeFaults(given, router));
  given.verification.checks.forEach(({ kind }, index) => {
    if (kind !== "http" && kind !== "running") return;
    const problem = `none() has no live address for ${kind}() to ask after the switch`;
    faults.push({
      code: "unsupported",
      problem,
      at: `verification.checks.${index}`,
      fix: "remove it; its services are watched all the same",
    });
  });
  if (given.retire !== undefined && given.retire !== "zero") {
    const problem = "none() has no idle color that stays: it would do the same work as the active one";
    faults.push({ code: "unsupported", problem, at: "retire", fix: "remove it" });
  }
  if (given.drain) {
    faults.push({ code: "unsupported", problem: "none() has no connections to drain", at: "drain", fix: "remove it" });
  }
  return faults.concat(scaledFaults(given, router));
}

function exposeFaults({ gates, rollback, services }: Given, router: NoRouterSettings): Fault[] {
  const { expose } = router;
  if (expose === "") {
    const asking = (gate: CheckSettings, at: string): Fault[] => {
      if (gate.kind !== "http") return [];
      const problem = "an http gate asks the exposed service, and none() exposes nothing";
      return [{ code: "settings-conflict", problem, at, fix: "name the service that is asked as none({ expose })" }];
    };
    return [
      ...gates.flatMap((gate, index) => asking(gate, `gates.${index}`)),
      ...rollback.gates.flatMap((gate, index) => asking(gate, `rollback.gates.${index}`)),
    ];
  }
  const service = services[expose];
  if (!service) {
    return [
      {
        code: "unknown-service",
        problem: `"${expose}" is not a service`,
        at: "router.expose",
        fix: `name one of ${quote(Object.keys(services))}`,
      },
    ];
  }
  if (isExclusive(router, expose)) {
    const problem = `gates are to ask "${expose}", which is exclusive: it does not run before the switch`;
    return [{ code: "settings-conflict", problem, at: "router.expose", fix: "name a service that is not exclusive" }];
  }
  if (service.port !== undefined && service.ready !== undefined) return [];
  const problem = `gates are to ask "${expose}", which has no port or no ready path`;
  return [{ code: "settings-conflict", problem, at: `services.${expose}`, fix: "give it both" }];
}

/** A number of pods that an autoscaler decides can't be zero by the cutover's word. */
function scaledFaults({ services }: Given, router: NoRouterSettings): Fault[] {
  return Object.entries(services).flatMap(([name, service]) => {
    if (!service.kubernetes?.autoscale || !isExclusive(router, name)) return [];
    const problem = `${name} is exclusive, and its number of pods is an autoscaler's`;
    return [
      {
        code: "settings-conflict",
        problem,
        at: `services.${name}.kubernetes.autoscale`,
        fix: "remove it, and give it replicas",
      },
    ];
  });
}

function runningFaults({ gates, rollback, verification }: Given): Fault[] {
  const problem = "a running check is for apps without a live address";
  const faultsAt = (at: string, checks: readonly CheckSettings[]): Fault[] =>
    checks.flatMap(({ kind }, index) => {
      return kind === "running"
        ? [{ code: "settings-conflict", problem, at: `${at}.${index}`, fix: "use http(), which asks, too" }]
        : [];
    });
  return [
    ...faultsAt("gates", gates),
    ...faultsAt("rollback.gates", rollback.gates),
    ...faultsAt("verification.checks", verification.checks),
  ];
}
