import { randomUUID } from "node:crypto";
import { type Claim, isColor, type Unfinished } from "@bluegreen/core";
import type { Holder, LeaseStore } from "../contracts/lease.ts";
import type { Routing } from "../contracts/site.ts";
import { leaseTtlMs, parseStanding, processName, standingText, takeLease, writerName } from "../cutover/lease.ts";
import { reasonOf } from "../io/reason.ts";
import type { KubernetesClient } from "./client.ts";
import { statusOf } from "./error.ts";
import { fieldManager, labels } from "./labels.ts";

const annotation = {
  attempt: "bluegreen/attempt",
  from: "bluegreen/from",
  to: "bluegreen/to",
  standing: "bluegreen/standing",
  owner: "bluegreen/owner",
  process: "bluegreen/process",
  since: "bluegreen/since",
} as const;

/**
 * Kubernetes' lease is a Lease of the app's name: creating it is the mutex (the API server creates a name once), its uid
 * the fencing token (a lease taken over is another object), its annotations say what the holder is about to do, and
 * `renewTime` is the heartbeat. That time is only ever compared with itself: clocks of other machines prove nothing.
 */
export class KubernetesLeases implements LeaseStore {
  private readonly client: KubernetesClient;
  private readonly app: string;
  private readonly attempt: number;

  constructor(client: KubernetesClient, of: { readonly app: string; readonly attempt: number }) {
    this.client = client;
    this.app = of.app;
    this.attempt = of.attempt;
  }

  async create(claim: Claim): Promise<string | null> {
    const standing = standingText(claim);
    const lease = {
      metadata: {
        labels: { [labels.app]: this.app, [labels.role]: "lease" },
        annotations: {
          [annotation.attempt]: String(this.attempt),
          [annotation.from]: claim.from ?? "",
          [annotation.to]: claim.to,
          ...(standing === null ? {} : { [annotation.standing]: standing }),
          [annotation.owner]: writerName(),
          [annotation.process]: processName(),
          [annotation.since]: new Date().toISOString(),
        },
      },
      spec: {
        holderIdentity: `${writerName()} ${randomUUID()}`,
        leaseDurationSeconds: leaseTtlMs / 1_000,
        acquireTime: microTime(),
        renewTime: microTime(),
      },
    };
    try {
      return (await this.client.create("Lease", this.app, lease, fieldManager(this.app))).metadata.uid;
    } catch (error) {
      if (statusOf(error) === 409) return null;
      throw error;
    }
  }

  read(): Promise<Holder | null> {
    return readHolder(this.client, this.app);
  }

  async heartbeat(id: string): Promise<string | null> {
    const lease = await this.client.read("Lease", this.app);
    return lease?.metadata.uid === id ? (lease.spec.renewTime ?? null) : null;
  }

  async renew(id: string): Promise<void> {
    const change = { metadata: { uid: id }, spec: { renewTime: microTime() } };
    await this.client.patch("Lease", this.app, change, fieldManager(this.app));
  }

  remove(id: string): Promise<void> {
    return this.client.remove("Lease", this.app, id);
  }

  async lost(id: string): Promise<string | null> {
    try {
      const lease = await this.client.read("Lease", this.app);
      return lease?.metadata.uid === id ? null : "another run took it over";
    } catch (error) {
      return reasonOf(error);
    }
  }
}

/** The lease as it lies there now: a running cutover, or one that was killed. */
export async function readUnfinished(client: KubernetesClient, app: string): Promise<Unfinished | null> {
  return (await readHolder(client, app))?.unfinished ?? null;
}

async function readHolder(client: KubernetesClient, app: string): Promise<Holder | null> {
  const lease = await client.read("Lease", app);
  if (!lease) return null;
  const said = lease.metadata.annotations ?? {};
  const from = said[annotation.from];
  const to = said[annotation.to];
  if (!isColor(to)) {
    throw new Error(
      `Lease ${app} is not this library's; remove it: kubectl -n ${client.namespace} delete lease ${app}`,
    );
  }
  return {
    id: lease.metadata.uid,
    process: said[annotation.process] ?? "",
    unfinished: {
      attempt: Number(said[annotation.attempt]),
      from: isColor(from) ? from : null,
      to,
      ...parseStanding(said[annotation.standing]),
      owner: said[annotation.owner] ?? "",
      since: said[annotation.since] ?? "",
    },
  };
}

/** Kubernetes' MicroTime has six decimals. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

/** Who may move the app's traffic. */
export function leasesOf(client: KubernetesClient, app: string): Pick<Routing, "takeLease" | "readUnfinished"> {
  return {
    takeLease: (request) => takeLease(new KubernetesLeases(client, { app, attempt: request.attempt }), request),
    readUnfinished: () => readUnfinished(client, app),
  };
}
