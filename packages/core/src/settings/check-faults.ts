import type { Fault } from "../fault.ts";
import { fraction, humanFraction } from "../percent.ts";
import { mebibytes } from "../size.ts";
import { asksPorts, type CheckSettings } from "./checks.ts";
import type { Settings } from "./settings.ts";

/** Checks that nothing could come of, as gates or after the switch. */
export function checkFaults(given: Settings): Fault[] {
  const { gates, rollback, verification } = given;
  return [
    ...gates.flatMap((check, index) => faultsOf(given, check, `gates.${index}`)),
    ...rollback.gates.flatMap((check, index) => faultsOf(given, check, `rollback.gates.${index}`)),
    ...verification.checks.flatMap((check, index) => {
      const at = `verification.checks.${index}`;
      return [...faultsOf(given, check, at), ...afterwardsFaults(check, at)];
    }),
  ];
}

function faultsOf(given: Settings, check: CheckSettings, at: string): Fault[] {
  return [
    ...serviceFaults(given, check, at),
    ...limitFaults(given, check, at),
    ...reachFaults(given, check, at),
    ...jobFaults(given, check, at),
  ];
}

function serviceFaults({ services }: Settings, check: CheckSettings, at: string): Fault[] {
  if (!("service" in check) || check.service === undefined) return [];
  const { service } = check;
  const known = Object.keys(services).map((name) => `"${name}"`);
  if (!services[service]) {
    return [
      {
        code: "unknown-service",
        problem: `"${service}" is not a service`,
        at: `${at}.service`,
        fix: `name one of ${known.join(", ")}`,
      },
    ];
  }
  if (check.kind === "http" && check.path === undefined && services[service].ready === undefined) {
    const problem = `http() without a path asks what ${service} calls ready, and it says nothing`;
    return [{ code: "settings-conflict", problem, at, fix: `give it a path, or services.${service} its ready path` }];
  }
  if (!asksPorts(check) || check.port !== undefined || services[service].port !== undefined) return [];
  const problem = `${service} is asked by ${check.kind}(), and has no port`;
  return [
    {
      code: "settings-conflict",
      problem,
      at: `${at}.service`,
      fix: `give services.${service} the port that it listens on, or name one here`,
    },
  ];
}

/** A share of a limit that there is not. A transform may have made one. */
function limitFaults(given: Settings, check: CheckSettings, at: string): Fault[] {
  const limit = limitOf(check);
  if (limit === null) return [];
  const without = limitsOf(given, check).filter(([, resources]) => resources[limit] === undefined);
  return without.map(([name]) => ({
    code: "settings-conflict",
    problem: `${check.kind}() is to stay below a share of a limit, and ${name} has none`,
    at,
    fix: `set services.${name}.resources.${limit}, or ${limit === "cpus" ? 'compare with one processor (of: "processor")' : 'name a size such as "400MB"'}`,
  }));
}

function limitOf(check: CheckSettings): "cpus" | "memory" | null {
  if (check.kind === "cpu" && check.of === "limit") return "cpus";
  return check.kind === "memory" && check.below.endsWith("%") ? "memory" : null;
}

/** A threshold that what is measured can't reach would always pass. */
function reachFaults(given: Settings, check: CheckSettings, at: string): Fault[] {
  if (check.kind !== "cpu" && check.kind !== "memory") return [];
  const { kind, below } = check;
  if (limitOf(check) !== null) {
    if (fraction(below) < 1 || (kind === "cpu" && fraction(below) === 1)) return [];
    const problem = `${kind}() is to stay below ${below} of a limit, and nothing can use more than its limit`;
    return [
      {
        code: "settings-conflict",
        problem: `${problem}: it would always pass`,
        at: `${at}.below`,
        fix: 'name a smaller share, such as "80%"',
      },
    ];
  }
  return limitsOf(given, check).flatMap(([name, { cpus, memory }]) => {
    const reached =
      kind === "cpu"
        ? cpus === undefined || fraction(below) <= cpus
        : memory === undefined || mebibytes(below) <= mebibytes(memory);
    if (reached) return [];
    const [most, fix] =
      kind === "cpu"
        ? [`${cpus} of a processor, ${humanFraction(cpus as number)}`, 'compare with what it may use (of: "limit")']
        : [`${memory}`, 'name a share of it, such as "80%"'];
    const problem = `${kind}() is to stay below ${below}, and ${name} may use ${most}: it would always pass`;
    return [{ code: "settings-conflict", problem, at: `${at}.below`, fix: `${fix}, or less than that` }];
  });
}

/** What the services that a check looks at may use. A transform may have changed it: then nothing is known. */
function limitsOf({ services, transform }: Settings, check: CheckSettings) {
  if (transform !== undefined) return [];
  const { service } = check as { service?: string };
  const asked = Object.entries(services).filter(([name]) => service === undefined || name === service);
  return asked.map(([name, { resources }]) => [name, resources] as const);
}

function jobFaults({ platform }: Settings, check: CheckSettings, at: string): Fault[] {
  if (check.kind !== "job" || platform.kind === "kubernetes") return [];
  const problem = "a job runs in a Kubernetes cluster, and this is docker()";
  return [{ code: "unsupported", problem, at, fix: "use command(), which runs where Pulumi does" }];
}

function afterwardsFaults(check: CheckSettings, at: string): Fault[] {
  if (check.kind !== "window") return [];
  const problem = "a window of time says when a switch may begin, and this is after it";
  return [{ code: "settings-conflict", problem, at, fix: "make it a gate" }];
}
