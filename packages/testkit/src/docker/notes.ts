import type Docker from "dockerode";
import { docker } from "./engine.ts";

/** What the last note of an app says, as labels: its lease, or its record where it has no router. */
export async function lastNote(
  app: string,
  role: string,
  engine: Docker = docker,
): Promise<Record<string, string> | null> {
  const filters = { label: [`bluegreen.app=${app}`, `bluegreen.role=${role}`] };
  const { Volumes: volumes } = await engine.listVolumes({ filters });
  const said = (volumes ?? []).map(({ Labels }) => Labels ?? {});
  const generation = (one: Record<string, string>) => Number(one["bluegreen.generation"]);
  return said.sort((a, b) => generation(a) - generation(b)).at(-1) ?? null;
}

/** Who holds the app's lease, one or none. */
export async function leasesOf(app: string, engine: Docker = docker): Promise<string[]> {
  const said = await lastNote(app, "lease", engine);
  return said?.["bluegreen.lease.to"] ? [said["bluegreen.lease.owner"] ?? ""] : [];
}
