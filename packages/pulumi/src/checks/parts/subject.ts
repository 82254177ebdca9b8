import { type Color, otherColor } from "@bluegreen/core";
import type { Entrance, OpenedUrl, RunningContainer, Subject, SubjectTools } from "../../contracts/check.ts";

/** The ways in to the containers of these services, which take live traffic, in their order. */
export function entrancesTo(containers: readonly RunningContainer[], services: readonly string[]): Entrance[] {
  return services.flatMap((exposed) =>
    containers.filter(({ service }) => service === exposed).map((container) => container.entrance()),
  );
}

/** The color that another one is compared with; `null` when nothing of it could be asked. */
export function baselineOf(color: Color, release: string, entrances: readonly Entrance[]): Subject["baseline"] {
  return entrances.length === 0 ? null : { color, release, entrances };
}

/** A color that is asked at its containers, beside what runs of the other one, asked in the same way. */
export function askedAtContainers(of: {
  readonly color: Color;
  readonly release: string;
  /** Services that take live traffic. */
  readonly exposed: readonly string[];
  readonly containers: readonly RunningContainer[];
  readonly compared: { readonly release: string; readonly containers: readonly RunningContainer[] };
  readonly tools: SubjectTools;
}): Subject {
  const { color, release, exposed, containers, compared, tools } = of;
  const entrances = entrancesTo(containers, exposed);
  const others = entrancesTo(compared.containers, exposed);
  return {
    color,
    release,
    entrances,
    containers,
    baseline: baselineOf(otherColor(color), compared.release, others),
    tools,
  };
}

/** Of what has no address. */
export const nowhere: OpenedUrl = { url: "", close: async () => {} };
