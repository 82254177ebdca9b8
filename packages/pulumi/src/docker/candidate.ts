import { type Color, hasAddress, otherColor } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import { portOf } from "../checks/parts/reach.ts";
import { askedAtContainers, nowhere } from "../checks/parts/subject.ts";
import type { Candidate, CandidateQuery } from "../contracts/candidate.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import { forwardLocally } from "../io/local-forward.ts";
import type { Docker } from "./api.ts";
import { leadToColors } from "./caddy/live-files.ts";
import { DockerContainer } from "./containers.ts";
import { type Found, findContainers, isHalfMade } from "./inventory.ts";
import { whyNotStanding } from "./standing.ts";
import { joinTunnel, TunnelAgents } from "./tunnel.ts";
import { wakeRouter } from "./wake.ts";

/** The candidate's containers, asked from the router's container: from where traffic will come. `remote`: see `isRemote`. */
export async function findCandidate(docker: Docker, task: CandidateQuery, remote: boolean): Promise<Candidate> {
  const { router } = task;
  if (!hasAddress(router)) return findWorkers(docker, task);
  if (router.kind !== "caddy") throw new TypeError(`a ${router.kind} router does not run on Docker`);
  const { container } = router;
  const { app, color, release, reach } = task;
  const exposed = exposedBy(task);
  const [all] = await Promise.all([findContainers(docker, app, "backend"), wakeRouter(docker, container)]);
  await leadToColors(docker, container, exposed, { [color]: reach[color] });
  const running = all.filter((one) => one.running);
  const own = running.filter((one) => one.color === color && one.release === release);
  const other = otherColor(color);
  const others = running.filter((one) => one.color === other);
  const missing = exposed.find((service) => !own.some((one) => one.service === service));
  if (missing) {
    const fix = "one that was removed is made anew by `pulumi up --refresh`";
    throw new Error(`no running container of ${color} ${release} ${missing} (${fix})`);
  }
  const agents = new TunnelAgents(docker, container);
  const toCheck = (found: typeof all, of: Color) =>
    found.map((one) => new DockerContainer(docker, one, reach[of], { container, agents }));
  return {
    subjects: own.map((one) => one.id),
    subject: askedAtContainers({
      color,
      release,
      exposed,
      containers: toCheck(own, color),
      compared: { release: others[0]?.release ?? "", containers: toCheck(others, other) },
      tools: {
        openUrl: async () => {
          if (!remote) return { url: task.candidateUrl, close: async () => {} };
          const { service } = task;
          const port = portOf(service, reach[color]);
          const behind = own.filter((one) => one.service === service);
          return openUrl(docker, container, behind, port);
        },
      },
    }),
    close: async () => agents.destroy(),
  };
}

/** Each connection is joined to one of the containers in turn. */
function openUrl(docker: Docker, router: string, containers: readonly Found[], port: number): Promise<OpenedUrl> {
  let next = 0;
  return forwardLocally((connection) => {
    const { name: host } = containers[next++ % containers.length] as Found;
    return joinTunnel(docker, router, { host, port }, connection);
  });
}

/** Of an app without a live address; what is exclusive is there, and does not run. */
async function findWorkers(docker: Docker, task: CandidateQuery): Promise<Candidate> {
  const { app, color, release, reach, service } = task;
  const all = await findContainers(docker, app, "backend");
  const own = all.filter((one) => one.color === color && one.release === release && !isHalfMade(one));
  if (own.length === 0) throw new Error(`no container of ${color} ${release}`);
  const other = otherColor(color);
  const others = all.filter((one) => one.running && one.color === other);
  const toCheck = (found: typeof all, of: Color) =>
    found.map((one) => new DockerContainer(docker, one, reach[of], null));
  const running = own.filter((one) => one.running);
  return {
    subjects: own.filter((one) => one.running || one.exclusive).map((one) => one.id),
    subject: askedAtContainers({
      color,
      release,
      exposed: [service],
      containers: toCheck(running, color),
      compared: { release: others[0]?.release ?? "", containers: toCheck(others, other) },
      tools: { whyNotReady: () => whyNotStanding(docker, own, false), openUrl: async () => nowhere },
    }),
    close: async () => {},
  };
}
