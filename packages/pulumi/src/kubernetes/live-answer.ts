import { request } from "../http-request.ts";
import type { LiveAnswer } from "../router.ts";
import type { KubernetesClient } from "./client.ts";
import { type Endpoint, Owners, readyEndpoints } from "./pods.ts";

/**
 * kube-proxies and ingress controllers follow the API server; kube-proxy's own `minSyncPeriod` is one second. Until it
 * is over after a change that was seen here, who answers at a URL is not proven. Milliseconds.
 */
const settleMs = 1_000;

/** Behind an address that led nowhere there is nobody at first: EndpointSlices and proxies get this long. Milliseconds. */
const wakeMs = 10_000;

/** Through which Service live traffic goes, and its port. */
export interface Way {
  readonly service: string;
  readonly port: number;
}

/**
 * Asks an app's live address with a proof of who answers: the EndpointSlices of the Service that traffic goes through,
 * all of whose ready pods have to be of one release of one color.
 */
export class LiveAddress {
  private readonly client: KubernetesClient;
  private readonly url: string;
  private readonly hostHeader: string;
  private readonly owners: Owners;
  private next = 0;
  private last = { owner: "", since: 0 };
  private awakeBy = 0;

  /**
   * `url`: where the deployer reaches the live address. Empty: a request goes to one of the Service's ready pods, each
   * in turn, through the API server. The API server's proxy of Services would not do: it follows the old Endpoints
   * objects, which another controller writes, and does not tell whom it asked.
   */
  constructor(client: KubernetesClient, of: { readonly app: string; readonly url: string; readonly host?: string }) {
    this.client = client;
    this.url = of.url;
    this.hostHeader = of.host ?? "";
    this.owners = new Owners(client, of.app);
  }

  /** Traffic has just been sent where there was none: until the first answer, no answer is one of nobody's. */
  wake(): void {
    this.awakeBy = performance.now() + wakeMs;
  }

  /** `find` says through which Service traffic goes now. The proof is a target's text, as `targetOfLabels` makes it. */
  async ask(find: () => Promise<Way>, path: string, timeoutMs: number): Promise<LiveAnswer> {
    try {
      const answer = await this.askOnce(find, path, timeoutMs);
      this.awakeBy = 0;
      return answer;
    } catch (error) {
      if (performance.now() < this.awakeBy) return { status: 0, backend: "" };
      throw error;
    }
  }

  private async askOnce(find: () => Promise<Way>, path: string, timeoutMs: number): Promise<LiveAnswer> {
    const before = await this.look(find);
    if (this.url === "") return this.askPod(before.endpoints, before.owner, path, timeoutMs);
    // The first look of a process may come right after the switch.
    const settled = this.last.owner === before.owner && performance.now() - this.last.since >= settleMs;
    if (this.last.owner !== before.owner) this.last = { owner: before.owner, since: performance.now() };
    const { status } = await askUrl(this.url, path, timeoutMs, this.hostHeader);
    const after = await this.look(find);
    return { status, backend: settled && after.owner === before.owner ? after.owner : "" };
  }

  private async look(find: () => Promise<Way>): Promise<{ endpoints: Endpoint[]; owner: string }> {
    const { service, port } = await find();
    const endpoints = await readyEndpoints(this.client, service, port);
    return { endpoints, owner: await this.owners.ownerOf(endpoints) };
  }

  private async askPod(endpoints: readonly Endpoint[], owner: string, path: string, timeoutMs: number) {
    const pods = endpoints.filter(({ name }) => name !== "");
    const pod = pods[this.next++ % Math.max(1, pods.length)];
    if (!pod) throw new Error("the live address leads to no ready pod");
    const { status } = await this.client.askPod(pod.name, pod.port, path, timeoutMs);
    return { status, backend: owner };
  }
}

/** One request on a new connection. Rejects when there is no answer. */
export async function askUrl(url: string, path: string, timeoutMs: number, hostHeader: string) {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === "https:";
  return request({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (secure ? 443 : 80)),
    path: pathname.replace(/\/$/, "") + path,
    headers: { connection: "close", ...(hostHeader ? { host: hostHeader } : {}) },
    timeoutMs,
    ...(secure ? { tls: hostHeader ? { servername: hostHeader } : {} } : {}),
  });
}
