/** Requests started in one turn of the event loop while catching up, so that answers are read in between. */
const maxBurst = 50;

export interface Schedule {
  /** No more requests from now on. */
  stop(): void;
}

/**
 * Calls `fire` `rate` times a second, each call at its own time, whatever became of the ones before.
 * A schedule that comes late (starved of CPU) catches up and drops nothing.
 * Requests go out after the event loop has looked at its sockets: a connection that the server has closed
 * meanwhile is known to be closed.
 * @param fire gets how late it is called, in ms
 */
export function openLoop(rate: number, now: () => number, fire: (latenessMs: number) => void): Schedule {
  const startedAt = now();
  const dueAt = (number: number) => startedAt + (number * 1000) / rate;
  let next = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  const turn = () => {
    if (stopped) return;
    for (let burst = 0; burst < maxBurst; burst++) {
      const at = now();
      if (dueAt(next) > at) {
        timer = setTimeout(() => setImmediate(turn), dueAt(next) - at);
        return;
      }
      fire(at - dueAt(next++));
    }
    setImmediate(turn);
  };
  turn();

  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
