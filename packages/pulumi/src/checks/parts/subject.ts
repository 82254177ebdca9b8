import type { Color } from "@bluegreen/core";
import type { Entrance, OpenedUrl, RunningContainer, Subject } from "../../contracts/check.ts";

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

/** Of what has no address. */
export const nowhere: OpenedUrl = { url: "", close: async () => {} };
