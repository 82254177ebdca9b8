import { type Color, otherColor } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import { inManner, type Manner, mannerOf } from "../checks/parts/reach.ts";
import { baselineOf, entrancesTo, nowhere } from "../checks/parts/subject.ts";
import type { Entrance, OpenedUrl, Subject } from "../contracts/check.ts";
import type { Site, SiteParts } from "../contracts/site.ts";

/**
 * What the answers of one look proved, which no check has to know of: whose they were, and how long the live address may
 * still take to follow the switch.
 */
export interface Proof {
  /** What was wrong with an answer that came from elsewhere. */
  astray: string | null;
  settlesInMs: number;
}

/** The live addresses of a color. They reject what another color answered, and say so in the proof. */
export function liveEntrances(site: Site, parts: SiteParts, color: Color, proof: Proof): Entrance[] {
  return exposedBy(parts).map((service) => {
    const reach = parts.reach[color][service];
    return liveEntrance(site, { service, manner: mannerOf(reach, reach?.port) }, color, proof);
  });
}

function liveEntrance(
  site: Site,
  { service, manner }: { readonly service: string; readonly manner: Manner },
  color: Color,
  proof: Proof,
): Entrance {
  return {
    name: color,
    service,
    async request(asked) {
      const { router, targets } = site.routing;
      const answer = await router.ask(inManner(manner, asked), service);
      proof.settlesInMs = Math.max(proof.settlesInMs, answer.settlesInMs ?? 0);
      if (targets[color].includes(answer.backend)) return answer;
      proof.astray = `the live address was answered by ${answer.backend || "no backend"}, not by ${color}`;
      throw new Error(proof.astray);
    },
    // No router proves who takes a connection, so it is made to one of the color's own containers.
    async connect(port, timeoutMs) {
      const behind = (await site.backends.containers(color)).find((one) => one.service === service);
      if (!behind) throw new Error(`no container of ${color} ${service} runs`);
      return behind.entrance(port).connect(port, timeoutMs);
    },
  };
}

/** The live color, asked where its users ask; the other one, if it still runs, is asked at its containers. */
export async function liveSubject(
  site: Site,
  parts: SiteParts,
  of: { readonly color: Color; readonly proof: Proof; readonly job: string; readonly ended: AbortSignal },
): Promise<Subject> {
  const { color, proof, job: name, ended } = of;
  const other = otherColor(color);
  const [containers, others] = await Promise.all([site.backends.containers(color), site.backends.containers(other)]);
  const { jobs } = site;
  return {
    color,
    release: parts.versions[color] ?? "",
    entrances: liveEntrances(site, parts, color, proof),
    containers,
    baseline: baselineOf(other, parts.versions[other] ?? "", entrancesTo(others, exposedBy(parts))),
    tools: {
      openUrl: () => openLive(site, color),
      ...(jobs ? { runJob: (job) => jobs.runBeside(color, { ...job, name }) } : {}),
    },
    ended,
  };
}

/** Where a command on the deployer reaches a color that is live. */
export async function openLive({ address }: Site, color: Color): Promise<OpenedUrl> {
  return address ? address.openUrl(color) : nowhere;
}
