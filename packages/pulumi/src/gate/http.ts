import { setTimeout as sleep } from "node:timers/promises";
import { type HttpCheckSettings, humanMilliseconds, milliseconds } from "@bluegreen/core";
import { reasonOf } from "../docker/client.ts";
import { tunnelAgent } from "../docker/tunnel.ts";
import { request } from "../http-request.ts";
import type { Candidate, Verdict } from "./runner.ts";

/** Every container of the exposed service answers as it should, without a break for `healthyFor`. */
export async function runHttp(candidate: Candidate, check: HttpCheckSettings): Promise<Verdict> {
  const agent = tunnelAgent(candidate.docker, candidate.task.router);
  try {
    return await poll(check, () => ask(candidate, check, agent));
  } finally {
    agent.destroy();
  }
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

/** What is wrong with the first container that isn't healthy, or `null`. */
async function ask(candidate: Candidate, check: HttpCheckSettings, agent: import("node:http").Agent) {
  const { port } = candidate.task;
  for (const { name } of candidate.exposed) {
    try {
      const { status } = await request({
        host: name,
        port,
        path: check.path,
        timeoutMs: milliseconds(check.timeout),
        agent,
      });
      if (status !== check.status) return `${name}${check.path} answered ${status}, not ${check.status}`;
    } catch (error) {
      return `${name}${check.path} did not answer: ${reasonOf(error)}`;
    }
  }
  return null;
}
