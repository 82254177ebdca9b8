import type { Color } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import { lookAt, nameOf, withSecrets } from "../checks/look.ts";
import { askedOf } from "../checks/parts/reach.ts";
import type { KnownCheck, Subject } from "../contracts/check.ts";
import type { Site } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import { Answering } from "./answering.ts";
import type { DutyWatch } from "./duty.ts";
import { liveEntrances, liveSubject, openLive, type Proof } from "./live-subject.ts";
import type { NamedCheck, Problem } from "./problem.ts";
import type { CutoverInputs } from "./state.ts";

/** Takes the verification's looks at the live color. */
export class Looks {
  private readonly inputs: CutoverInputs;
  private readonly site: Site;
  private readonly checks: readonly NamedCheck[];
  private readonly over = new AbortController();
  private jobs = 0;

  private readonly duty: DutyWatch | null;

  /** `duty`: where there is no live address to ask. */
  constructor(inputs: CutoverInputs, site: Site, duty: DutyWatch | null) {
    this.inputs = inputs;
    this.site = site;
    this.duty = duty;
    this.checks = inputs.verification.checks.map((check, index): NamedCheck => {
      const name = nameOf(check, index);
      return { name, check: withSecrets(check, inputs.checkSecrets?.[name] ?? {}) };
    });
  }

  /** Checks of a color that do not ask the live address, or do more than that. */
  othersOf(color: Color): NamedCheck[] {
    return this.checksOf(color).filter(({ check }) => !this.asksLive(check));
  }

  /** Those that do; what the release calls ready, where none is given and the live address leads to that. */
  private askersOf(color: Color): KnownCheck[] {
    const { reach, service } = this.inputs;
    const given = this.checksOf(color).map(({ check }) => check);
    const asks = given.filter((check) => this.asksLive(check));
    return asks.length > 0
      ? asks
      : [askedOf(readyCheck, reach[color], service)].filter((check) => this.asksLive(check));
  }

  private checksOf(color: Color): NamedCheck[] {
    const { reach, service } = this.inputs;
    return this.checks.map((one) => ({ ...one, check: askedOf(one.check, reach[color], service) }));
  }

  private asksLive(check: KnownCheck): boolean {
    if (check.kind !== "http" || check.port !== undefined) return false;
    return check.service === undefined || exposedBy(this.inputs).includes(check.service);
  }

  /** Nobody waits for a look any more. */
  end(): void {
    this.over.abort();
  }

  /** Every question to the live address once, each on a new connection. The color's own failure comes first. */
  async ask(color: Color): Promise<Problem | null> {
    if (this.duty) return this.duty.look(color);
    const askers = this.askersOf(color);
    // What is ready on another port is for `whyNotReady` and gates to ask: the live address does not lead there.
    if (askers.length === 0) return new Answering(this.inputs, this.site, this.duty).ask(color);
    let first: Problem | null = null;
    for (const check of askers) {
      const proof: Proof = { astray: null, settlesInMs: 0 };
      const { versions } = this.inputs;
      const entrances = liveEntrances(this.site, this.inputs, color, proof);
      const tools = { openUrl: () => openLive(this.site, color) };
      const subject = { color, release: versions[color] ?? "", entrances, containers: [], baseline: null };
      const problem = await this.judge(check, { ...subject, tools }, proof);
      if (problem?.kind === "failed") return problem;
      first ??= problem;
    }
    return first;
  }

  async look(color: Color, { name, check }: NamedCheck): Promise<Problem | null> {
    const proof: Proof = { astray: null, settlesInMs: 0 };
    const job = `check-${name}-${this.inputs.attempt}-${++this.jobs}`;
    try {
      const subject = await liveSubject(this.site, this.inputs, { color, proof, job, ended: this.over.signal });
      return await this.judge(check, subject, proof);
    } catch (error) {
      return { reason: reasonOf(error), kind: "blind", settlesInMs: 0, output: "" };
    }
  }

  private async judge(check: KnownCheck, subject: Subject, proof: Proof): Promise<Problem | null> {
    const secrets = this.inputs.secretValues?.[subject.color] ?? [];
    const { result, detail, output = "" } = await lookAt(check, subject, secrets);
    const { astray, settlesInMs } = proof;
    if (astray !== null) return { reason: astray, kind: "astray", settlesInMs, output: "" };
    if (result === "failed") return { reason: detail, kind: "failed", settlesInMs, output };
    if (result === "inconclusive") return { reason: detail, kind: "blind", settlesInMs, output };
    if (settlesInMs === 0) return null;
    return { reason: "the live address may not have followed the switch yet", kind: "astray", settlesInMs, output: "" };
  }
}

/** Of the service that the first router exposes. */
const readyCheck: KnownCheck = {
  kind: "http",
  status: 200,
  healthyFor: "0s",
  within: "0s",
  interval: "1s",
  timeout: "5s",
};
