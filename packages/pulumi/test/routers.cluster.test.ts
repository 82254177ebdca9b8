import { type Color, colors } from "@bluegreen/core";
import { describe } from "vitest";
import type { Front } from "../src/contracts/addresses.ts";
import { IngressRouter } from "../src/kubernetes/routers/ingress.ts";
import { ServiceRouter } from "../src/kubernetes/routers/service.ts";
import { openRouters } from "../src/kubernetes/routers.ts";
import { targetsOf } from "../src/kubernetes/targets.ts";
import { ClusterBed, exposed, reach } from "./cluster-bed.ts";
import { routerConformance } from "./router-conformance.ts";

async function twoColors(name: string): Promise<ClusterBed> {
  const bed = await ClusterBed.open(name);
  await Promise.all([bed.declare("blue"), bed.declare("green")]);
  await Promise.all([bed.ready("blue"), bed.ready("green")]);
  return bed;
}

/** Two services of both colors, each behind a Service. */
async function groupOf(name: string): Promise<ClusterBed> {
  const bed = await twoColors(name);
  await Promise.all(colors.map((color) => bed.declare(color, {}, "chat")));
  await Promise.all(colors.map((color) => bed.ready(color, 4)));
  for (const { service } of fronts) await bed.declareService(`shop-${service}`);
  return bed;
}

const fronts = ["web", "chat"].map((service) => ({
  router: { kind: "service", name: `shop-${service}`, port: 80, url: "" },
  service,
})) as unknown as readonly [Front, Front];

const mover = /^kubectl-patch at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe("on a cluster", { timeout: 90_000 }, () => {
  for (const [name, type] of [
    ["service", "ClusterIP"],
    ["service at its own address", "NodePort"],
  ] as const) {
    routerConformance(name, async () => {
      const bed = await twoColors(type.toLowerCase());
      const port = await bed.declareService("shop", type);
      const url = type === "NodePort" ? `http://127.0.0.1:${port}` : "";
      const address = { kind: "service", name: "shop", port: 80, url } as const;
      return {
        app: bed.app,
        open: () => new ServiceRouter(bed.client, bed.app, address),
        targets: targetsOf(bed.app, [{ router: address, service: exposed.service }], bed.versions, reach),
        moveByHand: (color) => bed.patchSelector("shop", color),
        mover,
        close: () => bed.close(),
      };
    });
  }

  routerConformance("group", async () => {
    const bed = await groupOf("group");
    return {
      app: bed.app,
      open: () => openRouters(bed.client, bed.app, fronts, reach),
      targets: targetsOf(bed.app, fronts, bed.versions, reach),
      services: ["web", "chat"],
      moveByHand: async (color) => {
        for (const service of ["web", "chat"]) await bed.patchSelector(`shop-${service}`, color, service);
      },
      mover:
        /^kubectl-patch at \S+Z \(Service shop-web, to \w+\) and kubectl-patch at \S+Z \(Service shop-chat, to \w+\)$/,
      atomic: false,
      close: () => bed.close(),
    };
  });

  routerConformance("ingress", async () => {
    const bed = await twoColors("ingress");
    await bed.declareService("nowhere");
    const rules = [
      { host: "shop.example", path: "/", pathType: "Prefix" },
      { host: "shop.example", path: "/exactly", pathType: "Exact" },
      { host: "", path: "/", pathType: "Prefix" },
    ];
    const defaultBackend = { service: { name: "nowhere", port: { number: 80 } } };
    const { namespace } = bed;
    await bed.networking.createNamespacedIngress({
      namespace,
      body: { metadata: { name: "shop" }, spec: { defaultBackend } },
    });
    const address = { kind: "ingress", name: "shop", rules, url: "" } as const;
    const targets = targetsOf(bed.app, [{ router: address, service: exposed.service }], bed.versions, reach);
    const backendOf = (color: Color) => {
      const [name = "", port] = (targets[color][0] ?? "").split(":");
      return { service: { name, port: { number: Number(port) } } };
    };
    return {
      app: bed.app,
      open: () => new IngressRouter(bed.client, bed.app, address, targets),
      targets,
      moveByHand: (color) =>
        bed.patchIngress("shop", {
          spec: { rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend: backendOf(color) }] } }] },
        }),
      mover,
      close: () => bed.close(),
    };
  });
});
