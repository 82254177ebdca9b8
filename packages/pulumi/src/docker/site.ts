import { perColor } from "@bluegreen/core";
import { exposedBy, frontsOf } from "../app/fronts.ts";
import type { CaddyRouterAddress } from "../contracts/addresses.ts";
import type { Site, SiteParts, Tidying } from "../contracts/site.ts";
import { dialOf, dialsOf } from "../routers/interpret.ts";
import type { Docker } from "./api.ts";
import { CaddyRouter } from "./caddy/router.ts";
import { isRemote } from "./engine-host.ts";
import { HostProbe } from "./host-probe.ts";
import { findLeftovers, type RecordedParts, sweep } from "./inventory.ts";
import { journalIn, routersFolder } from "./journal.ts";
import { leasesOf } from "./lease.ts";
import { CaddyLiveAddress } from "./live-address.ts";
import { RoutedBackends } from "./routed-backends.ts";

/** An app on one Docker host, with Caddy as its router. */
export function openCaddySite(docker: Docker, parts: SiteParts): Site {
  const { app, platform, router, workloads, reach, later } = parts;
  if (router.kind !== "caddy" || platform.kind !== "docker") {
    throw new TypeError(`a ${router.kind} router does not run on Docker`);
  }
  const { container, image, networks } = router;
  const live = frontsOf(parts).map(({ router, service }) => ({ service, ...(router as CaddyRouterAddress).live }));
  const probe = isRemote(platform) ? new HostProbe(docker, { app, image }) : null;
  const sending = probe ? { send: (ask: Parameters<HostProbe["request"]>[0]) => probe.request(ask) } : {};
  const backends = new RoutedBackends(docker, parts, container);
  return {
    routing: {
      ...leasesOf(docker, app),
      router: new CaddyRouter(docker, { container, app, live, ...sending }),
      targets: perColor((color) => dialsOf(workloads[color], exposedBy(parts), reach[color])),
      journal: journalIn(docker, { container, folder: routersFolder }),
    },
    backends,
    scaling: null,
    address: new CaddyLiveAddress(docker, parts, router, probe),
    duty: null,
    jobs: null,
    tidying: tidyingOf(docker, app, { containers: [...backends.recorded, container], networks, later }),
  };
}

function tidyingOf(docker: Docker, app: string, recorded: RecordedParts): Tidying {
  return {
    async hasLeftovers() {
      const { containers, networks } = await findLeftovers(docker, app, recorded);
      return containers.length > 0 || networks.length > 0;
    },
    async sweep(live) {
      const names = live.map((backend) => hostOf(dialOf(backend)));
      await sweep(docker, await findLeftovers(docker, app, recorded), names);
    },
  };
}

function hostOf(target: string): string {
  return target.slice(0, target.lastIndexOf(":"));
}
