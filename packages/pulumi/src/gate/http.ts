import { setTimeout as sleep } from "node:timers/promises";
import { type HttpCheckSettings, humanMilliseconds, milliseconds } from "@bluegreen/core";
import type { Candidate } from "../platform.ts";
import { reasonOf } from "../reason.ts";
import type { Verdict } from "./runner.ts";

/** Every backend of an exposed service answers as it should, without a break for `healthyFor`. */
export function runHttp(candidate: Candidate, check: HttpCheckSettings, first: string): Promise<Verdict> {
  const { service = first } = check;
  const backends = candidate.exposed.filter((one) => one.service === service);
  return poll(check, () => ask(candidate, backends, check));
}

export async function poll(check: HttpCheckSettings, probe: () => Promise<string | null>): Promise<Verdict> {
  const healthyFor = milliseconds(check.healthyFor);
  const deadline = Date.now() + milliseconds(check.within) + healthyFor;
  let healthySince: number | null = null;
  let answers = 0;
  let problem = "it was never asked";
  while (Date.now() <= deadline) {
    const found = await probe();
    const now = Date.now();
    if (found === null) {
      healthySince ??= now;
      answers++;
      if (now - healthySince >= healthyFor) {
        const span = healthyFor > 0 ? ` for ${humanMilliseconds(now - healthySince)}` : "";
        return { passed: true, detail: `${check.path} answered ${check.status}${span}, ${answers} times in a row` };
      }
    } else {
      problem = found;
      healthySince = null;
      answers = 0;
    }
    await sleep(milliseconds(check.interval));
  }
  return { passed: false, detail: `${problem} (asked for ${check.within} and ${check.healthyFor} of health)` };
}

/** What is wrong with the first backend that isn't healthy, or `null`. */
async function ask(
  candidate: Candidate,
  backends: Candidate["exposed"],
  check: HttpCheckSettings,
): Promise<string | null> {
  for (const { name: backend } of backends) {
    try {
      const { status } = await candidate.probe(backend, check.path, milliseconds(check.timeout));
      if (status !== check.status) return `${backend} answered ${check.path} with ${status}, not ${check.status}`;
    } catch (error) {
      return `${backend} did not answer ${check.path}: ${reasonOf(error)}`;
    }
  }
  return null;
}
