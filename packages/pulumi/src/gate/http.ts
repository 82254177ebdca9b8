import { type HttpCheckSettings, milliseconds } from "@bluegreen/core";
import type { Entrance, Finding, Subject } from "../check.ts";
import { reasonOf } from "../reason.ts";
import { entrancesFor } from "./asked.ts";

/** Every entrance answers as it should. */
export async function checkHttp(check: HttpCheckSettings, subject: Subject): Promise<Finding> {
  const entrances = entrancesFor(check, subject);
  if (entrances.length === 0) return { result: "inconclusive", detail: "there is nothing to ask" };
  for (const entrance of entrances) {
    const problem = await problemOf(entrance, check);
    if (problem !== null) return { result: "failed", detail: problem };
  }
  return { result: "passed", detail: `${check.path} answered ${check.status}` };
}

async function problemOf(entrance: Entrance, { path, status, timeout }: HttpCheckSettings): Promise<string | null> {
  try {
    const answer = await entrance.request({ path, timeoutMs: milliseconds(timeout) });
    return answer.status === status ? null : `${entrance.name} answered ${path} with ${answer.status}, not ${status}`;
  } catch (error) {
    return `${entrance.name} did not answer ${path}: ${reasonOf(error)}`;
  }
}
