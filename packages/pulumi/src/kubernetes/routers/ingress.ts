import { isDeepStrictEqual } from "node:util";
import { colors, type PerColor, perColor, type RouterRecord } from "@bluegreen/core";
import type { IngressRouterAddress } from "../../contracts/addresses.ts";
import type { EntranceRequest } from "../../contracts/check.ts";
import type { Reaches } from "../../contracts/release.ts";
import type { LiveAnswer, Router, Seen, Targets, Written } from "../../contracts/router.ts";
import { interpret } from "../../routers/interpret.ts";
import type { KubernetesClient } from "../client.ts";
import { candidateName } from "../labels.ts";
import { LiveAddress } from "../live-answer.ts";
import type { Ingress, IngressBackend, IngressRule } from "../objects.ts";
import { colorOfTarget } from "../pods.ts";
import { moverOf, type RecordedObject, recordOf, tokenOf, writeRecorded } from "./recorded-object.ts";

/**
 * An Ingress as the router: its rules lead to the Service of one color. It is for controllers that need long to follow a
 * changed selector, such as those of load balancers outside the cluster. A target is `service:port`.
 *
 * `spec.rules` is one atomic list to server-side apply, so the cutover owns all of it. Whoever declares the Ingress
 * leaves it out and gives a `spec.defaultBackend`, without which the API server takes no Ingress that has no rules; it
 * has to be a Service without pods, because there traffic goes before the first color is live.
 */
export class IngressRouter implements Router {
  readonly kind = "ingress";
  private readonly client: KubernetesClient;
  private readonly targets: Targets;
  private readonly address: IngressRouterAddress;
  private readonly object: RecordedObject;
  private readonly live: LiveAddress;
  private nowhere: IngressBackend | null = null;

  /** `targets`: both colors' own, by which an answer is proven. */
  constructor(client: KubernetesClient, app: string, address: IngressRouterAddress, targets: Targets) {
    this.client = client;
    this.targets = targets;
    this.address = address;
    this.object = { kind: "Ingress", name: address.name, app };
    const { url, followMs } = address;
    this.live = new LiveAddress(client, { app, url, host: hostOf(address), followMs });
  }

  async observe(targets: Targets): Promise<Seen> {
    const ingress = await this.read();
    const { metadata, spec } = ingress;
    this.nowhere = spec.defaultBackend ?? null;
    const backends = this.backendsOf(ingress);
    const mover = moverOf(metadata, "rules", this.object.app);
    const seen = interpret(backends, recordOf(metadata), targets, mover);
    const current = seen.current && this.isWritten(spec.rules ?? [], backends[0]);
    return { observation: { ...seen, current }, backends, token: tokenOf(metadata) };
  }

  write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<Written> {
    if (backends.length > 1) throw new TypeError("an Ingress leads to one Service");
    const backend = backends[0] === undefined ? this.nowhere : parseBackend(backends[0]);
    if (!backend) throw new Error(`Ingress ${this.object.name} has no defaultBackend, which is where no color is`);
    this.live.moved(seen.backends, backends);
    return writeRecorded(this.client, this.object, { rules: this.rulesTo(backend) }, record, seen);
  }

  /**
   * At `url` with the first rule's host; without a `url` at the pods of the Service that the rules name, which proves
   * the rules and not the controller.
   */
  async ask(request: EntranceRequest): Promise<LiveAnswer> {
    let asked = "";
    const find = async () => {
      const [backend, ...others] = this.backendsOf(await this.read());
      const port = parseBackend(backend ?? "").service?.port?.number;
      if (backend === undefined || others.length > 0 || port === undefined) {
        throw new Error(`Ingress ${this.object.name} does not lead to one Service`);
      }
      asked = asked === "" || asked === backend ? backend : "mixed";
      return { service: backend.slice(0, backend.lastIndexOf(":")), port };
    };
    const answer = await this.live.ask(find, request);
    const color = colors.find((one) => this.targets[one].includes(asked));
    const proven = color !== undefined && colorOfTarget(answer.backend) === color;
    return { ...answer, backend: proven ? asked : "" };
  }

  private backendsOf({ spec }: Ingress): string[] {
    const all = (spec.rules ?? []).flatMap((rule) => (rule.http?.paths ?? []).map((path) => textOf(path.backend)));
    const nowhere = spec.defaultBackend ? textOf(spec.defaultBackend) : "";
    return [...new Set(all)].filter((backend) => backend !== nowhere);
  }

  /** An edited host or path is no other color, but it has to be written. */
  private isWritten(rules: readonly IngressRule[], backend: string | undefined): boolean {
    if (this.address.rules.length === 0) return true;
    if (backend !== undefined) return isDeepStrictEqual(rules, this.rulesTo(parseBackend(backend)));
    return rules.length === 0 || (this.nowhere !== null && isDeepStrictEqual(rules, this.rulesTo(this.nowhere)));
  }

  private rulesTo(backend: IngressBackend): IngressRule[] {
    const hosts = [...new Set(this.address.rules.map(({ host }) => host))];
    return hosts.map((host) => ({
      ...(host === "" ? {} : { host }),
      http: {
        paths: this.address.rules
          .filter((rule) => rule.host === host)
          .map(({ path, pathType }) => ({ path, pathType, backend })),
      },
    }));
  }

  private async read() {
    const ingress = await this.client.read("Ingress", this.object.name);
    if (!ingress) throw new Error(`Ingress ${this.object.name} is gone from namespace ${this.client.namespace}`);
    return ingress;
  }
}

/** A color's target: its own Service, which selects its recorded release and listens on that one's port. */
export function serviceTargets(app: string, service: string, reach: PerColor<Reaches>): Targets {
  return perColor((color) => {
    const port = reach[color][service]?.port;
    return port === undefined ? [] : [`${candidateName(app, color, service)}:${port}`];
  });
}

function textOf({ service }: IngressBackend): string {
  return service ? `${service.name}:${service.port?.number ?? service.port?.name ?? ""}` : "no Service";
}

function parseBackend(text: string): IngressBackend {
  const colon = text.lastIndexOf(":");
  return { service: { name: text.slice(0, colon), port: { number: Number(text.slice(colon + 1)) } } };
}

/** A wildcard is no host that could be asked for. */
function hostOf({ rules }: IngressRouterAddress): string {
  const host = rules[0]?.host ?? "";
  return host.startsWith("*") ? "" : host;
}
