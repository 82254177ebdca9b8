/** What a load run hands back: plain JSON, and pure functions that read it. All times are ms since 1970. */

/** Who answered: a color, or nobody that names one (the router itself, or no answer at all). */
export type Answerer = "blue" | "green" | "none";

/** Counters over the requests *sent* in some span of time; `sent = ok + failed + pending`. */
export interface Tally {
  readonly sent: number;
  /** Answered in full with a status below 400. */
  readonly ok: number;
  readonly failed: number;
  /** Sent and neither answered nor given up yet; 0 in a final report. */
  readonly pending: number;
  /** Finished requests by who answered, failed answers included; no answer counts as `none`. */
  readonly byColor: Record<Answerer, number>;
  /** Finished requests by the version that answered; `none` where no version is known. */
  readonly byVersion: Record<string, number>;
  readonly failuresByVersion: Record<string, number>;
  readonly failuresByReason: Record<string, number>;
  /** When the first and the last answer of a color arrived; absent if it never answered. */
  readonly firstAnswer: Partial<Record<Answerer, number>>;
  readonly lastAnswer: Partial<Record<Answerer, number>>;
}

export interface Failure {
  /** When the request was sent. */
  readonly at: number;
  /** `kept`: the connection had carried a request before. */
  readonly kind: "new" | "kept";
  /** `refused`, `reset`, `timeout`, `not JSON`, `status 502`, … */
  readonly reason: string;
  /** 0 without an answer. */
  readonly status: number;
  readonly color: Answerer;
  /** `none` if unknown. */
  readonly version: string;
}

/** One second of the run: good answers by color and failures, by the time the request was sent. */
export interface Second {
  /** Whole seconds since `startedAt`. */
  readonly t: number;
  readonly blue: number;
  readonly green: number;
  /** Good answers that name no color. */
  readonly none: number;
  readonly failed: number;
}

export interface Mark {
  readonly at: number;
  readonly label: string;
}

/** The requests sent in [from, to). Segments touch; they are cut at every mark. */
export interface Segment extends Tally {
  readonly from: number;
  readonly to: number;
}

export interface LoadReport extends Tally {
  readonly url: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Why no more requests were sent. */
  readonly endedBy: "stop" | "maxSeconds";
  /** Requests per second asked for. */
  readonly rate: number;
  readonly byKind: { readonly new: number; readonly kept: number };
  /** The first failures, at most 1,000; `failed` is their true number. */
  readonly failures: readonly Failure[];
  readonly seconds: readonly Second[];
  readonly marks: readonly Mark[];
  readonly segments: readonly Segment[];
  /** How late requests were sent, against the schedule: the generator's own weakness, not the server's. */
  readonly lateness: { readonly p99Ms: number; readonly maxMs: number };
  /** Latency of good answers, from sending to the last byte. */
  readonly latency: { readonly medianMs: number; readonly p99Ms: number; readonly maxMs: number };
}

/** Counters of one act. */
export interface Summary extends Tally {
  readonly from: number;
  readonly to: number;
  /** When the color's last answer to a request of this span arrived; undefined if it gave none. */
  lastAnswerOf(color: Answerer): number | undefined;
}

/** A mark's label, or its time. */
export type MarkRef = string | number;

/**
 * Exact counters of the requests sent from one mark to another.
 * @param from default: the start of the run
 * @param to default: the end of the run
 * @throws if a label is unknown or was used twice, or a time is no mark's
 */
export function summarise(report: LoadReport, from?: MarkRef, to?: MarkRef): Summary {
  return between(
    report,
    from === undefined ? report.startedAt : timeOf(report, from),
    to === undefined ? report.endedAt : timeOf(report, to),
  );
}

/**
 * Exact counters of the requests sent in [from, to); both are times of marks, or the run's start or end.
 * @throws if they are not: a report is cut at its marks only
 */
export function between(report: LoadReport, from: number, to: number): Summary {
  // A mark set after the generator ran out of time is as good as the end.
  return cut(report, Math.min(from, report.endedAt), Math.min(to, report.endedAt));
}

function cut(report: LoadReport, from: number, to: number): Summary {
  for (const at of [from, to]) {
    if (!report.segments.some((segment) => segment.from === at || segment.to === at)) {
      throw new Error(`${at} is neither a mark's time nor the run's start or end; set a mark there`);
    }
  }
  const total = addTallies(report.segments.filter((segment) => segment.from >= from && segment.to <= to));
  return { ...total, from, to, lastAnswerOf: (color) => total.lastAnswer[color] };
}

function timeOf(report: LoadReport, mark: MarkRef): number {
  if (typeof mark === "number") return mark;
  const found = report.marks.filter(({ label }) => label === mark);
  if (found.length === 1) return found[0]!.at;
  const known = [...new Set(report.marks.map(({ label }) => `"${label}"`))].join(", ");
  const problem = found.length === 0 ? `no mark "${mark}"` : `${found.length} marks "${mark}"; use the time of one`;
  throw new Error(`${problem}. Marks: ${known || "none"}`);
}

/** Sums tallies that follow each other in time. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (pick: (tally: Tally) => number) => tallies.reduce((total, tally) => total + pick(tally), 0);
  const sums = (pick: (tally: Tally) => Record<string, number>) => {
    const totals: Record<string, number> = {};
    for (const tally of tallies) {
      for (const [key, count] of Object.entries(pick(tally))) totals[key] = (totals[key] ?? 0) + count;
    }
    return totals;
  };
  const firstAnswer: Partial<Record<Answerer, number>> = {};
  const lastAnswer: Partial<Record<Answerer, number>> = {};
  for (const color of ["blue", "green", "none"] as const) {
    const first = tallies.map((tally) => tally.firstAnswer[color]).filter((at) => at !== undefined);
    const last = tallies.map((tally) => tally.lastAnswer[color]).filter((at) => at !== undefined);
    if (first.length > 0) firstAnswer[color] = Math.min(...first);
    if (last.length > 0) lastAnswer[color] = Math.max(...last);
  }
  return {
    sent: sum((tally) => tally.sent),
    ok: sum((tally) => tally.ok),
    failed: sum((tally) => tally.failed),
    pending: sum((tally) => tally.pending),
    byColor: { blue: 0, green: 0, none: 0, ...sums((tally) => tally.byColor) },
    byVersion: sums((tally) => tally.byVersion),
    failuresByVersion: sums((tally) => tally.failuresByVersion),
    failuresByReason: sums((tally) => tally.failuresByReason),
    firstAnswer,
    lastAnswer,
  };
}
