import {
  type Color,
  colors,
  hasAddress,
  idleIsStopped,
  type PerColor,
  type RouterSettings,
  type Settings,
} from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  afterAll,
  type Declaration,
  type DeclaredColor,
  type DeclaredFacts,
  type DeclaredRouter,
  type Rendered,
  type StandingRouter,
} from "../../app/declaration.ts";
import type { DeepInput } from "../../app/deep-input.ts";
import { givenProvider } from "../../app/given-provider.ts";
import { defineReleases, type ReleaseShape, sizesOf } from "../../app/release-definition.ts";
import { transformedSpec } from "../../app/transformed-spec.ts";
import type { DockerAddress } from "../../contracts/addresses.ts";
import type { Interlock } from "../../interlock/resource.ts";
import { Leftovers } from "../../leftovers/resource.ts";
import { declareNoRouter, noRouterQuery } from "../../workers/declare.ts";
import { type ContainerTransform, containerSpec, refusedOfContainers, reservedOfContainers } from "./container-spec.ts";
import { declareColor, declareNetworks } from "./environment.ts";
import { type ColorImages, declareImages } from "./images.ts";
import { publishedPorts } from "./ports.ts";
import { asReadBack } from "./read-back.ts";
import { hostOf } from "./remote.ts";
import { declareRouter, standardImage } from "./router.ts";

export type DockerSettings = Settings["platform"] & { kind: "docker" };
export type CaddyRouterSettings = RouterSettings & { kind: "caddy" };

/** The app's identity names the one container. */
const routerQuery = { kind: "caddy", name: "", adopt: false } as const;

type DockerFacts = DeclaredFacts & { readonly address: DeepInput<DockerAddress> };

/** An app on one Docker host, behind Caddy. */
export class DockerDeclaration implements Declaration {
  readonly facts: DockerFacts;
  private readonly name: string;
  private readonly settings: Settings;
  private readonly transform: ContainerTransform | undefined;
  private readonly child: pulumi.CustomResourceOptions;
  private networks: PerColor<docker.Network> | undefined;
  private readonly images: Partial<Record<Color, ColorImages>> = {};
  private afterLeftovers: pulumi.CustomResourceOptions = {};

  constructor(parts: {
    readonly name: string;
    readonly settings: Settings;
    readonly transform: ContainerTransform | undefined;
    readonly parent: pulumi.Resource;
  }) {
    this.name = parts.name;
    this.settings = parts.settings;
    this.transform = parts.transform;
    this.facts = factsOf(parts.settings, parts.parent);
    const { host } = parts.settings.platform as DockerSettings;
    this.child = childOptions(parts.name, parts.parent, host as pulumi.Input<string> | undefined);
  }

  defineReleases() {
    return defineReleases(this.settings, (service, where) => {
      const image = this.settings.releases[where.color]?.images[where.service] as pulumi.Input<string>;
      const spec = containerSpec(service, image);
      return asReadBack(
        transformedSpec(this.name, spec, where, {
          at: "transform.container",
          transform: this.transform,
          reserved: reservedOfContainers,
          refuse: refusedOfContainers,
        }),
      );
    });
  }

  declareRouter(interlock: Interlock, standing: StandingRouter): DeclaredRouter {
    const { app } = interlock;
    const networks = declareNetworks(this.name, interlock, standing.imports, this.child);
    this.networks = networks;
    const options = { parent: this.child.parent as pulumi.Resource, dependsOn: colors.map((color) => networks[color]) };
    const leftovers = new Leftovers(`${this.name}-leftovers`, { app, platform: this.facts.address }, options);
    this.afterLeftovers = { ...this.child, dependsOn: leftovers };
    const [first] = this.settings.routers;
    if (!hasAddress(first)) return { resources: [], fronts: [declareNoRouter(first, pulumi.output(""))] };
    const child = this.afterLeftovers;
    return declareRouter({
      name: this.name,
      settings: this.settings,
      interlock,
      networks,
      platform: this.facts.address,
      standing,
      child,
    });
  }

  declareImages(color: Color, interlock: Interlock, shape: ReleaseShape | null, after: readonly pulumi.Resource[]) {
    const images = declareImages({ name: this.name, color, interlock, shape, child: afterAll(this.child, after) });
    this.images[color] = images;
    return Object.values(images);
  }

  declareColor(color: Color, interlock: Interlock, rendered: Rendered): DeclaredColor {
    const images = this.images[color];
    if (!images) throw new TypeError("a color's images are declared before what is made of them");
    if (!this.networks) throw new TypeError("the router is declared first: it makes the networks");
    const { name, settings } = this;
    const network = this.networks[color];
    const child = afterAll(this.afterLeftovers, rendered.after);
    return declareColor({ name, color, settings, interlock, rendered, network, images, child });
  }
}

function factsOf(settings: Settings, parent: pulumi.Resource): DockerFacts {
  const platform = settings.platform as DockerSettings;
  const { host, remote } = platform;
  const provider = host === undefined ? givenProvider(parent, "docker") : undefined;
  const [first, ...others] = settings.routers;
  const query = hasAddress(first) ? routerQuery : noRouterQuery(first);
  const image = (caddy: CaddyRouterSettings) => (caddy.image as pulumi.Input<string> | undefined) ?? null;
  return {
    address: {
      kind: "docker",
      host: provider ? provider("host").apply((it) => it ?? "") : hostOf(platform),
      ...(remote === undefined ? {} : { remote }),
    },
    publishes: publishedPorts(settings),
    // A container runs or doesn't: only where the cutover decides that, it is a number that has more than one writer.
    scales: idleIsStopped(first),
    ...(first.kind === "caddy" ? { routerImage: { given: image(first), standard: standardImage } } : {}),
    routerQueries: [query, ...others.map(() => routerQuery)],
    sizes: sizesOf(settings, (service) => {
      const { memory, cpus } = containerSpec(service, "");
      return { ...(memory === undefined ? {} : { memory }), ...(cpus === undefined ? {} : { cpus }) };
    }),
    // A front of Caddy has a port of its own.
    livePorts: {},
  };
}

/** Children belong to the component and, when a Docker host is given, to a provider for it. */
function childOptions(
  name: string,
  parent: pulumi.Resource,
  host: pulumi.Input<string> | undefined,
): pulumi.CustomResourceOptions {
  if (host === undefined) return { parent };
  return { parent, provider: new docker.Provider(`${name}-docker`, { host }, { parent }) };
}
