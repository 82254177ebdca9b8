import { type Duration, type LogsCheckSettings, milliseconds } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { eachOf } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import { countLines } from "./parts/pattern.ts";
import type { Watches } from "./parts/waits.ts";

export interface LogsCheck extends Watches {
  readonly kind: "logs";
  /** Regular expression that a line of each container must match. */
  readonly matches?: string | undefined;
  /** Regular expression that no line may match. */
  readonly never?: string | undefined;
  /** How far back lines are looked at; Kubernetes counts whole seconds. @default since the container was started */
  readonly since?: Duration | undefined;
}

/** What containers print. More than 32 MiB are not looked through. @example logs({ never: "ERROR|panic", since: "60s" }) */
export const logs = kind<LogsCheck>("logs", checkLogs);

/** What each container printed matches, or never matches, a pattern; lines are not quoted, for they may hold secrets. */
export function checkLogs({ service, matches, never, since }: LogsCheckSettings, subject: Subject): Promise<Finding> {
  const span = since === undefined ? "since it was started" : `in the last ${since}`;
  return eachOf(service, subject, async (container) => {
    const text = await container.logs(since === undefined ? null : milliseconds(since));
    const { name } = container;
    const bad = never === undefined ? 0 : await countLines(never, text);
    if (bad > 0) return { result: "failed", detail: `${name} printed /${never}/ ${bad} times ${span}` };
    if (matches !== undefined && (await countLines(matches, text)) === 0) {
      return { result: "failed", detail: `${name} did not print /${matches}/ ${span}` };
    }
    const good = [matches && `printed /${matches}/`, never && `did not print /${never}/`].filter(Boolean);
    return { result: "passed", detail: `${name} ${good.join(" and ")} ${span}` };
  });
}
