import type { PerColor } from "@bluegreen/core";
import type { Front, RouterAddress } from "../contracts/addresses.ts";
import type { Reaches } from "../contracts/release.ts";
import type { Router } from "../contracts/router.ts";
import { GroupRouter } from "../routers/group.ts";
import type { KubernetesClient } from "./client.ts";
import { IngressRouter, serviceTargets } from "./routers/ingress.ts";
import { ServiceRouter } from "./routers/service.ts";

/** The app's one router, or all of them as one. */
export function openRouters(
  client: KubernetesClient,
  app: string,
  fronts: readonly [Front, ...Front[]],
  reach: PerColor<Reaches>,
): Router {
  const routers = fronts.map((front) => openRouter(client, app, front, reach));
  const parts = fronts.map(({ router, service }, index) => {
    return { service, name: nameOf(router), router: routers[index] as Router };
  });
  return routers.length === 1 ? (routers[0] as Router) : new GroupRouter(parts);
}

function nameOf(router: RouterAddress): string {
  if (router.kind === "caddy") throw new TypeError("a caddy router does not run on Kubernetes");
  return `${router.kind === "ingress" ? "Ingress" : "Service"} ${router.name}`;
}

function openRouter(
  client: KubernetesClient,
  app: string,
  { router, service }: Front,
  reach: PerColor<Reaches>,
): Router {
  switch (router.kind) {
    case "service":
      return new ServiceRouter(client, app, router);
    case "ingress":
      return new IngressRouter(client, app, router, serviceTargets(app, service, reach));
    case "caddy":
      throw new TypeError("a caddy router does not run on Kubernetes");
    case "none":
      throw new TypeError("nothing is routed to an app without a live address");
    default:
      return router satisfies never;
  }
}
