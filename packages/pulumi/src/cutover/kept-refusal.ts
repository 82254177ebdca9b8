import type { CutoverRecord, Failed, FaultCode, Observation } from "@bluegreen/core";
import type { Site } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import { writerName } from "./lease.ts";

/** Keeps a record in the journal. Losing it must not hide what it is about, so it only says so. Never rejects. */
export async function keepAttempt({ routing }: Pick<Site, "routing">, record: CutoverRecord): Promise<void> {
  await routing.journal.keep(record).catch((error) => {
    console.error(`the journal of attempt ${record.attempt} could not be kept: ${reasonOf(error)}`);
  });
}

/**
 * The record of an attempt that ended before its cutover, which never runs then: by whoever ended it. Several gates may
 * fail at the same moment, and each of them keeps one. Never rejects.
 */
export async function keepRefusal(
  site: Pick<Site, "routing">,
  { color, release, attempt }: Failed,
  why: Why,
): Promise<void> {
  const { code, reason, startedMs } = why;
  const { router, targets } = site.routing;
  const from = await router.observe(targets).then(
    ({ observation }) => observation.color,
    (): Observation["color"] => null,
  );
  await keepAttempt(site, {
    attempt,
    from,
    to: color,
    release,
    outcome: "refused",
    reason,
    code,
    overrides: [],
    at: new Date(startedMs).toISOString(),
    switchMs: null,
    gapMs: null,
    drain: null,
    totalMs: Date.now() - startedMs,
    writer: writerName(),
  });
}

export interface Why {
  readonly code: FaultCode;
  readonly reason: string;
  /** When it began that failed. Milliseconds since 1970. */
  readonly startedMs: number;
}
