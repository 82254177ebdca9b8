import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 25;

/** Asks until it holds. @throws with the words for it when the time is over */
export async function until(words: string, holds: () => Promise<boolean>, withinMs = 180_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs / 1000} s: ${words}`);
    await sleep(pollMs);
  }
}
