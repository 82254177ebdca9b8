import { type HttpCheckSettings, milliseconds } from "@bluegreen/core";
import type { Entrance, Finding, Subject } from "../check.ts";
import type { Answer } from "../http-request.ts";
import { reasonOf } from "../reason.ts";
import { entrancesFor } from "./asked.ts";
import { textProblem } from "./text.ts";

/** Every entrance answers as it should. */
export async function checkHttp(check: HttpCheckSettings, subject: Subject): Promise<Finding> {
  const entrances = entrancesFor(check, subject);
  if (entrances.length === 0) return { result: "inconclusive", detail: "there is nothing to ask" };
  for (const entrance of entrances) {
    const problem = await ask(entrance, check);
    if (problem !== null) return { result: "failed", detail: problem };
  }
  return { result: "passed", detail: `${check.path} answered ${check.status}` };
}

async function ask(entrance: Entrance, check: HttpCheckSettings): Promise<string | null> {
  for (let retries = check.retries ?? 0; ; retries--) {
    const problem = await askOnce(entrance, check);
    if (problem === null || retries === 0) return problem;
  }
}

async function askOnce(entrance: Entrance, check: HttpCheckSettings): Promise<string | null> {
  const { path, timeout } = check;
  try {
    const answer = await entrance.request({ path, timeoutMs: milliseconds(timeout) });
    const problem = problemOf(answer, check);
    return problem && `${entrance.name} answered ${path} ${problem}`;
  } catch (error) {
    return `${entrance.name} did not answer ${path}: ${reasonOf(error)}`;
  }
}

function problemOf({ status, headers, body }: Answer, check: HttpCheckSettings): string | null {
  if (status !== check.status) return `with ${status}, not ${check.status}`;
  for (const [name, value] of Object.entries(check.headers ?? {})) {
    if (String(headers[name.toLowerCase()] ?? "") !== value) return `without the header ${name}: ${value}`;
  }
  const problem = textProblem(body, check);
  return problem && `with a body that ${problem}`;
}
