import type { Color, CutoverRecord, Irreversible, PerColor, VerificationSettings } from "@bluegreen/core";
import type { RouterObject } from "../contracts/addresses.ts";
import type { Environment, RecordedCheck } from "../contracts/check.ts";
import type { SiteParts } from "../contracts/site.ts";

export interface CutoverInputs extends SiteParts {
  readonly name: string;
  readonly activeColor: Color;
  readonly attempt: number;
  /** What stands in front beside what its address says; absent where the address says all. */
  readonly routerObjects?: readonly RouterObject[];
  /** Which colors have been live with their present release. */
  readonly sealed: PerColor<boolean>;
  readonly force: Color | "foreign" | null;
  readonly adopts: boolean;
  /** Absent for an app without migrations. */
  readonly irreversible?: Irreversible;
  /** The user's words by which the interlock let the present attempt or live change pass; none is left out. */
  readonly overrides?: readonly string[];
  /** The attempt goes back to a release that was verified live. */
  readonly rollback?: boolean;
  readonly gates: readonly string[];
  /** What each gate printed. */
  readonly evidence: readonly string[];
  readonly verification: Omit<VerificationSettings, "checks"> & { readonly checks: readonly RecordedCheck[] };
  /** What may be secret in these checks, by name; a secret, and absent where there is nothing. */
  readonly checkSecrets?: Readonly<Record<string, Environment>> | undefined;
  /** Values of each color's secret variables, which nothing that is shown or kept may repeat. A secret. */
  readonly secretValues?: PerColor<readonly string[]>;
  /** The resource beside which it is told how the cutover goes. */
  readonly progressUrn?: string | undefined;
  /** How long the connections of the color that was left have to end; `null` leaves them where they are. */
  readonly drain: { readonly within: string } | null;
  /** What becomes of a candidate that was refused or reverted; left out, it is kept. */
  readonly failedCandidate?: "stop";
}

export interface CutoverState extends CutoverInputs {
  readonly record: CutoverRecord | null;
}
