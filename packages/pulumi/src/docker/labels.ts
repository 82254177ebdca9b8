/** Labels by which everything of an app is found again, whoever made it. */
export const labels = {
  /** Identity of the app instance; never recomputed, so it survives a renamed stack and keeps two stacks apart. */
  app: "bluegreen.app",
  /** `Role`. */
  role: "bluegreen.role",
  color: "bluegreen.color",
  release: "bluegreen.release",
  service: "bluegreen.service",
  /** Of an app without a live address. `true`: it never runs beside one of the other color. */
  exclusive: "bluegreen.exclusive",
  /** Of the same: `8080/health/ready`, where it is asked whether it is ready. */
  ready: "bluegreen.ready",
  /** Of the same: the `Host` that is asked for there, where the release names one. */
  readyHost: "bluegreen.ready-host",
  readyScheme: "bluegreen.ready-scheme",
} as const;

export type Role =
  | "backend"
  | "router"
  | "probe"
  | "network"
  | "volume"
  /** Named volumes that hold nothing; what they say is in their labels (`notes.ts`). */
  | "lease"
  | "heartbeat"
  | "record"
  | "journal";

/** Whether what carries these labels never runs beside one of the other color. */
export function isExclusive(said: Readonly<Record<string, string>>): boolean {
  return said[labels.exclusive] === "true";
}

/** Docker's filter for containers or networks that carry all of these labels. */
export function labelFilter(wanted: Readonly<Record<string, string>>): { label: string[] } {
  return { label: Object.entries(wanted).map(([name, value]) => `${name}=${value}`) };
}
