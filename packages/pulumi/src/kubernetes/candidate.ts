import { hasAddress, otherColor } from "@bluegreen/core";
import { exposedBy } from "../app/fronts.ts";
import { portOf, schemeOf } from "../checks/parts/reach.ts";
import { askedAtContainers, nowhere } from "../checks/parts/subject.ts";
import { toldOf } from "../checks/parts/told.ts";
import type { Candidate, CandidateQuery } from "../contracts/candidate.ts";
import type { OpenedUrl } from "../contracts/check.ts";
import type { Reaches } from "../contracts/release.ts";
import { forwardLocally } from "../io/local-forward.ts";
import type { KubernetesClient } from "./client.ts";
import { PodContainer } from "./containers.ts";
import { forward } from "./forward.ts";
import { runJob } from "./job.ts";
import { isExclusive, labels, selectorOf } from "./labels.ts";
import type { Pod } from "./objects.ts";
import { findPods, identityOf, isOf, isReady, isRunning, releaseOf, releaseSelector } from "./pods.ts";
import { whyNotStanding, workerSubjects } from "./worker-backends.ts";

/** The candidate's pods, each asked by itself through the API server: nothing has to be open to the deployer. */
export async function findCandidate(client: KubernetesClient, task: CandidateQuery): Promise<Candidate> {
  if (!hasAddress(task.router)) return findWorkers(client, task);
  const { app, color, release: version, reach, candidateUrl, service: first } = task;
  const exposed = exposedBy(task);
  const selector = selectorOf({ app, color, version, service: first });
  const other = otherColor(color);
  const [own, others] = await Promise.all([
    findPods(client, releaseSelector(selector)),
    findPods(client, { [labels.app]: app, [labels.color]: other }),
  ]);
  const running = own.filter(isRunning);
  for (const service of exposed) {
    if (!running.some(isOf(service))) throw new Error(`no running pod of ${color} ${version} ${service}`);
  }
  const compared = others.filter(isReady);
  const job = jobName(task);
  let runs = 0;
  return {
    subjects: running.map(identityOf),
    subject: askedAtContainers({
      color,
      release: version,
      exposed,
      containers: toCheck(client, running, reach[color]),
      compared: { release: releaseOf(compared[0]), containers: toCheck(client, compared, reach[other]) },
      tools: {
        openUrl: () => openUrl(client, running.filter(isOf(first)), first, reach[color]),
        runJob: (request) => {
          // One that has just ended may not be quite gone yet.
          const name = runs++ === 0 ? job : `${job}-${runs}`;
          return runJob(client, app, { ...request, name, env: toldOf(candidateUrl, color, version) });
        },
      },
    }),
    close: async () => {},
  };
}

/** Of an app without a live address; what is exclusive is there, and does not run. */
async function findWorkers(client: KubernetesClient, task: CandidateQuery): Promise<Candidate> {
  const { app, color, release: version, reach, service } = task;
  const selector = releaseSelector(selectorOf({ app, color, version, service: "" }));
  // The step before the gates has scaled up what is recorded; what is at zero all the same was left by a killed run.
  const deployments = (await client.list("Deployment", selector)).filter(({ metadata, spec }) => {
    return isExclusive(metadata) || spec.replicas !== 0;
  });
  if (deployments.length === 0) throw new Error(`no Deployment of ${color} ${version}`);
  const workloads = deployments.map(({ metadata: { uid: id, name, labels: said } }) => {
    return { id, name, service: said?.[labels.service] ?? "" };
  });
  const other = otherColor(color);
  const [own, others] = await Promise.all([
    findPods(client, selector),
    findPods(client, { [labels.app]: app, [labels.color]: other }),
  ]);
  const compared = others.filter(isReady);
  return {
    subjects: await workerSubjects(client, selector, workloads),
    subject: askedAtContainers({
      color,
      release: version,
      exposed: [service],
      containers: toCheck(client, own.filter(isRunning), reach[color]),
      compared: { release: releaseOf(compared[0]), containers: toCheck(client, compared, reach[other]) },
      tools: {
        whyNotReady: () => whyNotStanding(client, selector, workloads, false),
        openUrl: async () => nowhere,
        runJob: (request) => runJob(client, app, { ...request, name: jobName(task), env: toldOf("", color, version) }),
      },
    }),
    close: async () => {},
  };
}

function toCheck(client: KubernetesClient, pods: readonly Pod[], reaches: Reaches): PodContainer[] {
  return pods.map((pod) => new PodContainer(client, pod, reaches));
}

function jobName({ gate, attempt }: CandidateQuery): string {
  return `gate-${gate.name}-${attempt}`;
}

/** A loopback port of the deployer, each of whose connections is joined to one of a service's ready pods in turn. */
export async function openUrl(
  client: KubernetesClient,
  pods: readonly Pod[],
  service: string,
  reaches: Reaches,
): Promise<OpenedUrl> {
  const port = portOf(service, reaches);
  const ready = pods.filter(isReady);
  if (ready.length === 0) throw new Error("it has no ready pod");
  let next = 0;
  return forwardLocally(
    (connection) => {
      const pod = ready[next++ % ready.length] as Pod;
      return forward(client, pod.metadata.name, port, connection);
    },
    schemeOf(reaches[service], port),
  );
}
