import { type HttpCheckSettings, milliseconds } from "@bluegreen/core";
import type { Answer } from "../contracts/answer.ts";
import type { Entrance, Finding, Subject } from "../contracts/check.ts";
import { bounds } from "../io/bounds.ts";
import { reasonOf } from "../io/reason.ts";
import { entrancesFor } from "./parts/asked.ts";
import { textProblem } from "./parts/text.ts";

type Asked = HttpCheckSettings & { readonly path: string };

/** Every entrance answers as it should. */
export async function checkHttp(check: HttpCheckSettings, subject: Subject): Promise<Finding> {
  const { path } = check;
  if (path === undefined) return { result: "inconclusive", detail: "its release says no path on which it is ready" };
  const entrances = entrancesFor(check, subject);
  if (entrances.length === 0) return { result: "inconclusive", detail: "there is nothing to ask" };
  for (const entrance of entrances) {
    const problem = await ask(entrance, { ...check, path });
    if (problem !== null) return { result: "failed", detail: problem };
  }
  return { result: "passed", detail: `${path} answered ${check.status}` };
}

async function ask(entrance: Entrance, check: Asked): Promise<string | null> {
  for (let retries = check.retries ?? 0; ; retries--) {
    const problem = await askOnce(entrance, check);
    if (problem === null || retries === 0) return problem;
  }
}

async function askOnce(entrance: Entrance, check: Asked): Promise<string | null> {
  const { path, timeout } = check;
  let answer: Answer;
  try {
    answer = await entrance.request({ path, timeoutMs: milliseconds(timeout) });
  } catch (error) {
    return `${entrance.name} did not answer ${path}: ${reasonOf(error)}`;
  }
  const problem = await problemOf(answer, check);
  return problem && `${entrance.name} answered ${path} ${problem}`;
}

async function problemOf(answer: Answer, check: HttpCheckSettings): Promise<string | null> {
  const { status, headers, body, cut } = answer;
  if (status !== check.status) return `with ${status}, not ${check.status}`;
  for (const [name, value] of Object.entries(check.headers ?? {})) {
    if (String(headers[name.toLowerCase()] ?? "") !== value) return `without the header ${name}: ${value}`;
  }
  const problem = await textProblem(body, check, cut ? `first ${bounds.answer >> 10} KiB` : null);
  return problem && `with a body that ${problem}`;
}
