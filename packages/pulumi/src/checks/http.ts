import { type HttpCheckSettings, milliseconds } from "@bluegreen/core";
import type { Answer } from "../contracts/answer.ts";
import type { Entrance, Finding, Subject } from "../contracts/check.ts";
import { bounds } from "../io/bounds.ts";
import { reasonOf } from "../io/reason.ts";
import { entrancesFor } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import { textProblem } from "./parts/text.ts";
import type { Asks } from "./parts/waits.ts";

export interface HttpCheck extends Asks {
  readonly kind: "http";
  /**
   * Path that is asked for, such as `/health/ready`. Redirects are not followed.
   * @default what the release that is asked calls `ready`, on the port that it names for that
   */
  readonly path?: string | undefined;
  /** The status that counts as healthy. @default 200 */
  readonly status?: number | undefined;
  /** Text that the body must contain, in its first MiB. */
  readonly contains?: string | undefined;
  /** Regular expression that the body must match; `^` and `$` are about lines. */
  readonly matches?: string | undefined;
  /** Headers that the answer must have, with exactly these values. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How often a question is repeated at once before it counts as failed; 10 at most. @default 0 */
  readonly retries?: number | undefined;
}

/** HTTP check. @example http({ path: "/", healthyFor: "5m" }) @example http({ healthyFor: "5m" }) */
export const http = kind<HttpCheck>("http", checkHttp);

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
