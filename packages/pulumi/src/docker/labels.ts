/** Labels by which everything of an app is found again, whoever made it. */
export const labels = {
  /** Identity of the app instance; never recomputed, so it survives a renamed stack and keeps two stacks apart. */
  app: "bluegreen.app",
  /** `backend`, `router`, `probe`, `lease`, `network` or `volume`. */
  role: "bluegreen.role",
  color: "bluegreen.color",
  release: "bluegreen.release",
  service: "bluegreen.service",
} as const;

export type Role = "backend" | "router" | "probe" | "lease" | "network" | "volume";

/** Docker's filter for containers or networks that carry all of these labels. */
export function labelFilter(wanted: Readonly<Record<string, string>>): { label: string[] } {
  return { label: Object.entries(wanted).map(([name, value]) => `${name}=${value}`) };
}
