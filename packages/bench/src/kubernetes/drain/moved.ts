/** What became of the connections that clients had to one color; pure, of what the clients noted. */
export interface Seen {
  readonly client: number;
  readonly at: number;
  readonly color: string;
}

export interface Moved {
  readonly clients: number;
  /** Clients that heard the other color last. */
  readonly moved: number;
  /** From `since` to the last answer of the old color; `null` if none came. Milliseconds. */
  readonly lastOldMs: number | null;
}

/** @param since when the traffic was switched, in ms since 1970; what was seen after `until` does not count */
export function movedFrom(old: string, seen: readonly Seen[], since: number, until: number): Moved {
  const last = new Map<number, string>();
  let lastOld: number | null = null;
  for (const { client, at, color } of seen) {
    if (at > until) break;
    last.set(client, color);
    if (color === old && at >= since) lastOld = at;
  }
  const moved = [...last.values()].filter((color) => color !== old && color !== "").length;
  return { clients: last.size, moved, lastOldMs: lastOld === null ? null : lastOld - since };
}

/** How often each reason occurs, for a person: "3 idle, 1 in flight"; empty for none. */
export function tallyOf(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, times]) => `${times} ${reason}`).join(", ");
}
