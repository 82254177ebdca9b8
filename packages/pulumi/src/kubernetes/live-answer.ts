import { isIP } from "node:net";
import type { Answer } from "../contracts/answer.ts";
import type { EntranceRequest } from "../contracts/check.ts";
import type { LiveAnswer } from "../contracts/router.ts";
import { request } from "../io/http-request.ts";
import type { KubernetesClient } from "./client.ts";
import { type Endpoint, Owners, readyEndpoints } from "./pods.ts";

/** kube-proxies follow the API server; their own `minSyncPeriod` is one second. Milliseconds. */
const proxiesFollowMs = 1_000;

/** Behind an address that led nowhere, or to the dead, there is nobody at first: what follows gets this long. Milliseconds. */
const wakeMs = 10_000;

/** Through which Service live traffic goes, and its port. */
export interface Way {
  readonly service: string;
  readonly port: number;
}

/**
 * Asks an app's live address with a proof of who answers: the EndpointSlices of the Service that traffic goes through,
 * all of whose ready pods have to be of one release of one color, and that for as long as whatever is in front may take
 * to follow. Until then its answers may still be the other color's, so the pods themselves are asked.
 */
export class LiveAddress {
  private readonly client: KubernetesClient;
  private readonly url: string;
  private readonly hostHeader: string;
  private readonly settleMs: number;
  private readonly owners: Owners;
  private next = 0;
  private last = { owner: "", since: 0 };
  private awakeBy = 0;
  /** Since the traffic was moved: pods behind the Service, and an answer from where users ask. */
  private found = { pods: true, answer: true };

  /**
   * `url`: where the deployer reaches the live address. Empty: a request goes to one of the Service's ready pods, each
   * in turn, through the API server. The API server's proxy of Services would not do: it follows the old Endpoints
   * objects, which another controller writes, and does not tell whom it asked.
   *
   * `followMs`: how long an ingress controller in front may take to follow, whichever way it is asked here. Without one
   * there are only kube-proxies, which matter at a URL.
   */
  constructor(
    client: KubernetesClient,
    of: { readonly app: string; readonly url: string; readonly host?: string; readonly followMs?: number | undefined },
  ) {
    this.client = client;
    this.url = of.url;
    this.hostHeader = of.host ?? "";
    this.settleMs = of.followMs ?? (of.url === "" ? 0 : proxiesFollowMs);
    this.owners = new Owners(client, of.app);
  }

  /**
   * Traffic is being sent elsewhere. No answer is one of nobody's until the Service has pods, whosever, for the old
   * ones may have died; and if there was no traffic before, until the first answer.
   */
  moved(from: readonly string[], to: readonly string[]): void {
    const nowhere = to.length === 0;
    this.last = { owner: "", since: 0 };
    this.awakeBy = performance.now() + wakeMs;
    this.found = { pods: nowhere, answer: nowhere || from.length > 0 };
  }

  /** `find` says through which Service traffic goes now. The proof is a target's text, as `targetOfLabels` makes it. */
  async ask(find: () => Promise<Way>, request: EntranceRequest): Promise<LiveAnswer> {
    try {
      const answer = await this.askOnce(find, request);
      if (answer.settlesInMs === undefined) this.found.answer = true;
      return answer;
    } catch (error) {
      const { pods, answer } = this.found;
      if ((!pods || !answer) && performance.now() < this.awakeBy)
        return { status: 0, headers: {}, body: "", backend: "" };
      throw error;
    }
  }

  private async askOnce(find: () => Promise<Way>, request: EntranceRequest): Promise<LiveAnswer> {
    const { endpoints, owner } = await this.look(find);
    if (endpoints.length > 0) this.found.pods = true;
    // The first look of a process may come right after the switch.
    if (this.last.owner !== owner) this.last = { owner, since: performance.now() };
    const settlesInMs = this.last.since + this.settleMs - performance.now();
    if (settlesInMs > 0 && owner !== "") {
      return { ...(await this.askPod(endpoints, owner, request)), settlesInMs };
    }
    if (this.url === "") return this.askPod(endpoints, owner, request);
    const answer = await askUrl(this.url, request, this.hostHeader);
    const after = await this.look(find);
    return { ...answer, backend: after.owner === owner ? owner : "" };
  }

  private async look(find: () => Promise<Way>): Promise<{ endpoints: Endpoint[]; owner: string }> {
    const { service, port } = await find();
    const endpoints = await readyEndpoints(this.client, service, port);
    return { endpoints, owner: await this.owners.ownerOf(endpoints) };
  }

  private async askPod(endpoints: readonly Endpoint[], owner: string, request: EntranceRequest) {
    const pods = endpoints.filter(({ name }) => name !== "");
    const pod = pods[this.next++ % Math.max(1, pods.length)];
    if (!pod) throw new Error("the live address leads to no ready pod");
    return { ...(await this.client.askPod(pod.name, pod.port, request)), backend: owner };
  }
}

/**
 * One request on a new connection. Rejects when there is no answer. It asks for `hostHeader`, or for the name in the URL,
 * as users do; for what the checks ask for where that is an address.
 */
export async function askUrl(url: string, asked: EntranceRequest, hostHeader: string): Promise<Answer> {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === "https:";
  const host = hostname.replace(/^\[|\]$/g, "");
  const { host: own, ...headers } = asked.headers ?? {};
  const named = hostHeader || (isIP(host) === 0 ? "" : (own ?? ""));
  return request({
    host,
    port: Number(port || (secure ? 443 : 80)),
    path: pathname.replace(/\/$/, "") + asked.path,
    headers: { ...headers, connection: "close", ...(named ? { host: named } : {}) },
    timeoutMs: asked.timeoutMs,
    ...(secure ? { tls: named ? { servername: named.replace(/:\d+$/, "") } : {} } : {}),
  });
}
