import { Worker } from "node:worker_threads";
import { within } from "../deadline.ts";

/** A pattern that takes longer on what it is given is not worth waiting for. Milliseconds. */
const patternMs = 5_000;

/** Runs in a thread of its own, which has nothing of this module. */
const search = `
const { parentPort, workerData: { pattern, flags, texts } } = require("node:worker_threads");
const expression = new RegExp(pattern, flags);
let found = 0;
for (const text of texts) if (expression.test(text)) found++;
parentPort.postMessage(found);
`;

/**
 * How many of the texts match a user's regular expression. It is looked for in a thread of its own: one like `^(a+)+$`
 * takes for ever on thirty characters, and neither heartbeat nor revert may wait for that. Rejects when it takes longer
 * than a few seconds; the thread is ended then.
 */
export async function countMatches(
  pattern: string,
  texts: readonly string[],
  { flags = "", limitMs = patternMs } = {},
): Promise<number> {
  const worker = new Worker(search, { eval: true, execArgv: [], env: {}, workerData: { pattern, flags, texts } });
  try {
    const answer = new Promise<number>((resolve, reject) => worker.on("message", resolve).on("error", reject));
    return await within(limitMs, answer, `no end of /${pattern}/, which wants simpler repetitions,`);
  } finally {
    await worker.terminate();
  }
}
