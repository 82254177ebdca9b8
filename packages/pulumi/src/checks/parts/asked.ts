import type { Entrance, Finding, RunningContainer, Subject } from "../../contracts/check.ts";

interface Asked {
  readonly service?: string | undefined;
  readonly port?: number | undefined;
}
type Ways = Pick<Subject, "entrances" | "containers">;

/**
 * Where a check asks: at the entrances of its service (the first that is exposed, if it names none), or at the containers
 * of one that no router exposes, or on a port that none does.
 */
export function entrancesFor(asked: Asked, ways: Ways): readonly Entrance[] {
  const exposed = ways.entrances.filter(({ service }) => service === serviceOf(asked, ways));
  return asked.port === undefined && exposed.length > 0 ? exposed : backendsFor(asked, ways);
}

/** Each container of a check's service by itself: what no router can prove the way to is asked there, live or not. */
function backendsFor(asked: Asked, ways: Ways): readonly Entrance[] {
  const behind = containersOf(serviceOf(asked, ways), ways);
  return behind.map((one) => one.entrance(asked.port));
}

/** What the first backend of a check's service is found to lack (`problemOf`, in a sentence), or a pass for all of them. */
export async function lookAtBackends(
  asked: Asked,
  ways: Ways,
  say: {
    readonly nothing: string;
    readonly problemOf: (backend: Entrance) => Promise<string | null>;
    readonly passed: (names: string) => string;
  },
): Promise<Finding> {
  const backends = backendsFor(asked, ways);
  if (backends.length === 0) return { result: "inconclusive", detail: say.nothing };
  for (const backend of backends) {
    const problem = await say.problemOf(backend);
    if (problem !== null) return { result: "failed", detail: problem };
  }
  return { result: "passed", detail: say.passed(backends.map(({ name }) => name).join(", ")) };
}

/** The containers of one service, or of all. */
export function containersOf(service: string | undefined, { containers }: Pick<Ways, "containers">) {
  return containers.filter((one) => service === undefined || one.service === service);
}

/** The first finding that is not a pass, or a pass in words for all. */
export async function eachOf(
  service: string | undefined,
  ways: Pick<Ways, "containers">,
  look: (container: RunningContainer) => Promise<Finding>,
): Promise<Finding> {
  const containers = containersOf(service, ways);
  if (containers.length === 0) {
    return { result: "inconclusive", detail: `no container${service ? ` of ${service}` : ""} runs` };
  }
  const found = await Promise.all(containers.map(look));
  const details = found.map(({ detail }) => detail).join(", ");
  return (
    found.find(({ result }) => result === "failed") ??
    found.find(({ result }) => result !== "passed") ?? { result: "passed", detail: details }
  );
}

function serviceOf({ service }: Asked, { entrances }: Ways): string | undefined {
  return service ?? entrances[0]?.service;
}
