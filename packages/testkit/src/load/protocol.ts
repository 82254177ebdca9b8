import type { Anchor } from "./clock.ts";
import type { LoadReport, Mark, Tally } from "./report.ts";

/** Everything the generator needs to know, all defaults filled in. */
export interface Orders {
  /** Full address, path included. */
  readonly url: string;
  /** `Host` header, empty for the address's own. */
  readonly host: string;
  readonly rate: number;
  readonly kept: number;
  readonly newShare: number;
  readonly timeoutMs: number;
  readonly manySources: boolean;
  readonly maxSeconds: number;
  readonly anchor: Anchor;
}

/** From the parent. `id` comes back with the answer. */
export type Question =
  | { readonly id: number; readonly ask: "start"; readonly orders: Orders }
  | { readonly id: number; readonly ask: "tally"; readonly from: number; readonly to: number | undefined }
  | { readonly id: number; readonly ask: "stop"; readonly marks: readonly Mark[] };

/** What each question is answered with. */
export interface Answers {
  readonly start: { readonly startedAt: number };
  readonly tally: Tally;
  readonly stop: LoadReport;
}

/** From the generator. */
export interface Answer {
  readonly id: number;
  readonly value: Answers[keyof Answers];
}
