import { Worker } from "node:worker_threads";
import { within } from "../../io/deadline.ts";

/** A pattern that takes longer on what it is given is not worth waiting for. Milliseconds. */
const patternMs = 5_000;

/** Runs in a thread of its own, which has nothing of this module. */
const search = `
const { parentPort, workerData: { pattern, flags, text, end } } = require("node:worker_threads");
const expression = new RegExp(pattern, flags);
let found = 0;
for (let from = 0; from <= text.length; ) {
  const next = end === null ? -1 : text.indexOf(end, from);
  const to = next === -1 ? text.length : next;
  if (expression.test(text.slice(from, to))) found++;
  from = to + 1;
}
parentPort.postMessage(found);
`;

/** Whether a user's regular expression matches a text; `^` and `$` are about its lines. Rejects as `countLines` does. */
export async function matches(pattern: string, text: string): Promise<boolean> {
  return (await find({ pattern, flags: "m", text, end: null })) > 0;
}

/**
 * How many lines match a user's regular expression. It is looked for in a thread of its own: one like `^(a+)+$` takes for
 * ever on thirty characters, and neither heartbeat nor revert may wait for that. Rejects when it takes longer than a few
 * seconds; the thread is ended then.
 */
export function countLines(pattern: string, text: string): Promise<number> {
  return find({ pattern, flags: "", text, end: "\n" });
}

async function find(workerData: { pattern: string; flags: string; text: string; end: string | null }): Promise<number> {
  const worker = new Worker(search, { eval: true, execArgv: [], env: {}, workerData });
  try {
    const answer = new Promise<number>((resolve, reject) => worker.on("message", resolve).on("error", reject));
    return await within(patternMs, answer, `no end of /${workerData.pattern}/, which wants simpler repetitions,`);
  } finally {
    await worker.terminate();
  }
}
