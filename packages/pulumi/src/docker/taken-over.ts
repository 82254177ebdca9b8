import { type Color, colors } from "@bluegreen/core";
import type { Standing } from "../contracts/platform.ts";
import type { Versions } from "../contracts/release.ts";
import { namesakesAmong } from "../interlock/namesakes.ts";
import type { Docker } from "./api.ts";
import { type Found, findContainers } from "./inventory.ts";
import { labelFilter, labels } from "./labels.ts";

export async function standingOf(docker: Docker, app: string, versions: Versions): Promise<Standing> {
  const [routers, backends, networks] = await Promise.all([
    findContainers(docker, app, "router"),
    findContainers(docker, app, "backend"),
    docker.listNetworks({ filters: labelFilter({ [labels.app]: app }) }),
  ]);
  const parts: Record<string, string> = {};
  const router = routers.find((one) => one.running) ?? routers[0];
  if (router) parts.router = router.id;
  for (const { Id, Labels } of networks) parts[Labels?.[labels.color] ?? ""] = Id;
  const releases: Record<Color, string | null> = { blue: null, green: null };
  for (const color of colors) {
    const own = backends.filter((one) => one.color === color);
    const wished = own.filter((one) => one.release === versions[color]);
    releases[color] = (wished[0] ?? own[0])?.release ?? null;
    for (const [service, containers] of byService(wished)) {
      for (const [index, { id }] of containers.entries()) parts[`${color}-${service}-${index + 1}`] = id;
    }
  }
  return { releases, parts };
}

function byService(containers: readonly Found[]): Map<string, Found[]> {
  const sorted = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Map.groupBy(sorted, ({ service }) => service);
}

export async function namesakesOf(docker: Docker, name: string): Promise<string[]> {
  const containers = await docker.listContainers({ filters: { label: [labels.app] } });
  return namesakesAmong(
    name,
    containers.map(({ Labels: said }) => said[labels.app]),
  );
}
