import type { RouterRecord } from "@bluegreen/core";
import type { ServiceRouterAddress } from "../../contracts/addresses.ts";
import type { EntranceRequest } from "../../contracts/check.ts";
import type { LiveAnswer, Router, Seen, Targets, Written } from "../../contracts/router.ts";
import { interpret } from "../../routers/interpret.ts";
import type { KubernetesClient } from "../client.ts";
import { adoptedAnnotation, labels, type Selector, selectorText } from "../labels.ts";
import { LiveAddress } from "../live-answer.ts";
import { adoptedOf, adoptedPort, leadsToColors } from "./adopted.ts";
import { moverOf, type RecordedObject, recordOf, tokenOf, writeRecorded } from "./recorded-object.ts";

/**
 * A Service as the router: its selector decides which color's pods get the traffic. It is declared without one, so the
 * selector belongs to the cutover alone. A target is a selector as text; a color has one, or none. Its ports lead to names,
 * by which the pods of each release say where they listen; of one that was adopted the cutover writes that, too.
 *
 * New connections follow the selector; those that a client keeps stay on the old pods until they are drained.
 */
export class ServiceRouter implements Router {
  readonly kind = "service";
  private readonly client: KubernetesClient;
  private readonly address: ServiceRouterAddress;
  private readonly object: RecordedObject;
  private readonly live: LiveAddress;
  private readonly nowhere: Selector;

  constructor(client: KubernetesClient, app: string, address: ServiceRouterAddress) {
    this.client = client;
    this.address = address;
    this.object = { kind: "Service", name: address.name, app };
    this.live = new LiveAddress(client, {
      app,
      url: address.url,
      host: address.host ?? "",
      followMs: address.followMs,
    });
    // Taking the selector away would not stop the traffic: the endpoints of a Service without one stay as they are.
    this.nowhere = { [labels.app]: app, [labels.color]: "none" };
  }

  async observe(targets: Targets): Promise<Seen> {
    const service = await this.read();
    const { metadata, spec } = service;
    const text = spec.selector ? selectorText(spec.selector) : "";
    const backends = text === "" || text === selectorText(this.nowhere) ? [] : [text];
    const mover = moverOf(metadata, "selector", this.object.app);
    const observation = interpret(backends, recordOf(metadata), targets, mover);
    const { adopted, port } = this.address;
    const current = observation.current && (!adopted || backends.length === 0 || leadsToColors(service, port));
    return { observation: { ...observation, current }, backends, token: tokenOf(metadata) };
  }

  async write(backends: readonly string[], record: RouterRecord, seen: Seen): Promise<Written> {
    if (backends.length > 1) throw new TypeError("a Service has one selector");
    const selector: Selector = backends[0] === undefined ? this.nowhere : JSON.parse(backends[0]);
    const { adopted, port } = this.address;
    if (!adopted) return this.send({ selector }, backends, record, seen);
    const before = adoptedOf(await this.read(), port);
    const ports = [adoptedPort(before, selector[labels.app] === this.object.app)];
    const note = { [adoptedAnnotation]: JSON.stringify(before) };
    return this.send({ selector, ports }, backends, record, seen, note);
  }

  private send(
    spec: object,
    backends: readonly string[],
    record: RouterRecord,
    seen: Seen,
    note: Readonly<Record<string, string>> = {},
  ): Promise<Written> {
    this.live.moved(seen.backends, backends);
    return writeRecorded(this.client, this.object, spec, record, seen, note);
  }

  ask(request: EntranceRequest): Promise<LiveAnswer> {
    const { name: service, port } = this.address;
    return this.live.ask(async () => ({ service, port }), request);
  }

  private async read() {
    const service = await this.client.read("Service", this.address.name);
    if (!service) throw new Error(`Service ${this.address.name} is gone from namespace ${this.client.namespace}`);
    return service;
  }
}
