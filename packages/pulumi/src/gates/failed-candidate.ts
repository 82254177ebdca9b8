import { type Failed, whyNotStopped } from "@bluegreen/core";
import type { Site } from "../contracts/site.ts";
import { reasonOf } from "../io/reason.ts";

/**
 * Leaves a failed candidate running for a look at it, or stops it, and says which, in words for the person who has to mend
 * it; empty where there is nothing to say. Needs the lease, by which `fenced` says why this run may not write any more:
 * that is asked before each write, and so is the router, so that nothing that users reach is ever stopped. Never rejects.
 */
export async function leaveCandidate(
  site: Pick<Site, "routing" | "backends">,
  failed: Failed,
  policy: "keep" | "stop",
  fenced: () => Promise<string | null>,
): Promise<string> {
  try {
    const { router, targets } = site.routing;
    const remains = site.backends.remains(failed.color);
    const look = async () => whyNotStopped(failed, (await router.observe(targets)).observation);
    const what = `${failed.color} ${failed.release}`;
    if (policy === "keep") {
      const { color } = (await router.observe(targets)).observation;
      return color === failed.color ? "" : `${what} is left as it is${await hint(remains.look(false))}`;
    }
    const reason = await remains.stop(async () => (await fenced()) ?? (await look()));
    if (reason !== null) return `${what} was not stopped, because ${reason}${await hint(remains.look(false))}`;
    return `${what} was stopped, and the next attempt starts it again${await hint(remains.look(true))}`;
  } catch (error) {
    return `whether ${failed.color} ${failed.release} still runs is not known: ${reasonOf(error)}`;
  }
}

/**
 * The same for a candidate that failed before its cutover, which never runs then: the lease is taken for this alone. Gates
 * of one attempt fail side by side, and one of them takes it; nor is that of a killed run taken over, which tells the next
 * cutover what is still to be undone.
 */
export async function leaveBeforeCutover(
  site: Pick<Site, "routing" | "backends">,
  failed: Failed,
  policy: "keep" | "stop",
  fenced: () => Promise<string | null>,
): Promise<string> {
  if (policy === "keep") return leaveCandidate(site, failed, policy, fenced);
  const { color, release, attempt } = failed;
  try {
    const { router, targets } = site.routing;
    const holder = await site.routing.readUnfinished();
    if (holder) return notStopped(failed, holder.owner);
    const { observation: seen } = await router.observe(targets);
    const live = seen.color === "blue" || seen.color === "green" ? seen.color : color;
    const lease = await site.routing.takeLease({ attempt, wish: live, seen });
    if ("heldBy" in lease) return notStopped(failed, lease.heldBy);
    try {
      return await leaveCandidate(site, failed, policy, async () => (await fenced()) ?? (await lease.lost()));
    } finally {
      await lease.release();
    }
  } catch (error) {
    return `whether ${color} ${release} still runs is not known: ${reasonOf(error)}`;
  }
}

function notStopped({ color, release }: Failed, holder: string): string {
  return `${color} ${release} is not stopped by this run: the lease is held by ${holder}`;
}

async function hint(text: Promise<string>): Promise<string> {
  const found = await text;
  return found === "" ? "" : `; ${found}`;
}
