/** `expand` prepares the database for a release beside the old one; `contract` takes away what only the old one needs. */
export type Phase = "expand" | "contract";

/** One phase of one release's migrations, as it ran last. */
export interface MigrationRun {
  readonly release: string;
  readonly phase: Phase;
  /** ISO 8601, UTC. */
  readonly begun: string;
  /** `null`: it was begun, and did not get to its end; it may have done some of its work. */
  readonly done: string | null;
  /** Who ran it: user, host and process. */
  readonly writer: string;
}

/** From here on the releases before this one can't serve any more. */
export interface NoReturn {
  readonly release: string;
  /** When it was passed. ISO 8601, UTC. */
  readonly at: string;
  readonly before: readonly string[];
}

/** What the router keeps of migrations beside its record: the database is shared, so it belongs to no color. */
export interface MigrationLog {
  readonly runs: readonly MigrationRun[];
  /** Releases in the order in which they were first live. */
  readonly lived: readonly string[];
  readonly noReturn: NoReturn | null;
}

/** So many runs and releases are remembered; the log lies in an annotation, or goes through a command line. */
const kept = 50;

/** What a contract takes away, the releases before it need, so there is no way back behind one unless it says so. */
export function isReversible(given: {
  readonly contract?: unknown;
  readonly reversible?: boolean | undefined;
}): boolean {
  return given.reversible ?? given.contract === undefined;
}

/** A log that begins while this release is live. */
export function beginLog(live: string | null): MigrationLog {
  return { runs: [], lived: live === null ? [] : [live], noReturn: null };
}

/** The log once this release is live. */
export function lives(log: MigrationLog, release: string | null): MigrationLog {
  if (release === null || log.lived.includes(release)) return log;
  return { ...log, lived: [...log.lived, release].slice(-kept) };
}

export function findRun(log: MigrationLog | null, release: string, phase: Phase): MigrationRun | null {
  return log?.runs.find((run) => run.release === release && run.phase === phase) ?? null;
}

/** The log with this run, in the place of the same phase's run before it. */
export function withRun(log: MigrationLog, run: MigrationRun): MigrationLog {
  const others = log.runs.filter((one) => one.release !== run.release || one.phase !== run.phase);
  return { ...log, runs: [...others, run].slice(-kept) };
}

/**
 * The log once this release's point of no return is passed. Before it are the releases that were live earlier than it,
 * and `beside`: what the other color last served, which may have been before the log began.
 */
export function passNoReturn(log: MigrationLog, release: string, at: string, beside: string | null): MigrationLog {
  const lived = lives(log, release);
  const known = lived.noReturn;
  // A point that lies further on stays the one that matters: whatever is before this one is before that one, too.
  if (known && order(lived, known.release) >= order(lived, release)) return lived;
  const earlier = lived.lived.slice(0, order(lived, release));
  const unknown = beside !== null && !lived.lived.includes(beside) ? [beside] : [];
  return { ...lived, noReturn: { release, at, before: [...unknown, ...earlier] } };
}

function order(log: MigrationLog, release: string): number {
  return log.lived.indexOf(release);
}
