import type { Color } from "@bluegreen/core";
import type { Reaches } from "../contracts/release.ts";
import type { Site, SiteParts } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";
import type { DutyWatch } from "./duty.ts";
import { liveEntrances, type Proof } from "./live-subject.ts";
import type { Problem } from "./problem.ts";

/** Deadline of one request. */
const timeoutMs = 5_000;

/**
 * Asks whether a color that is live answers at all, at each live address. That is not for the verification's checks to
 * say: they may be about what only the next release can do.
 */
export class Answering {
  private readonly inputs: SiteParts;
  private readonly site: Site;
  private readonly duty: DutyWatch | null;

  /** `duty`: where there is no live address to ask. */
  constructor(inputs: SiteParts, site: Site, duty: DutyWatch | null) {
    this.inputs = inputs;
    this.site = site;
    this.duty = duty;
  }

  async ask(color: Color): Promise<Problem | null> {
    if (this.duty) return this.duty.look(color);
    const proof: Proof = { astray: null, settlesInMs: 0 };
    for (const entrance of liveEntrances(this.site, this.inputs, color, proof)) {
      const path = pathOf(this.inputs.reach[color], entrance.service);
      const said = await entrance.request({ path, headers: {}, timeoutMs }).then(({ status }) => status, reasonOf);
      const { astray, settlesInMs } = proof;
      if (astray !== null) return { reason: astray, kind: "astray", settlesInMs, output: "" };
      const reason = typeof said === "string" ? said : `it answered ${path} with ${said}`;
      if (typeof said === "string" || said >= 500) return { reason, kind: "failed", settlesInMs, output: "" };
    }
    const { settlesInMs } = proof;
    if (settlesInMs === 0) return null;
    // Its backends were asked themselves, which says nothing of the way to them.
    return { reason: "the live address may not have followed yet", kind: "astray", settlesInMs, output: "" };
  }
}

/** What its release calls ready, if the live address leads there. */
function pathOf(reaches: Reaches, service: string): string {
  const { port, ready } = reaches[service] ?? {};
  return ready && ready.port === port ? ready.path : "/";
}

/** Why the live color does not answer at a first look; `null` when it does, or when that can't be told yet. */
export async function whyUnanswered(inputs: SiteParts, site: Site, live: Color): Promise<string | null> {
  if (site.duty) return site.duty.whyNotAtWork(live);
  const problem = await new Answering(inputs, site, null).ask(live);
  return problem === null || problem.settlesInMs > 0 ? null : problem.reason;
}
