import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { caddy, docker } from "@bluegreen/pulumi/docker";
import { kubernetes, service } from "@bluegreen/pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

/** What a color runs comes from stack config, too: `pulumi config set green 1.1.0`. Without a version it runs nothing. */
function releaseOf(color: "blue" | "green") {
  const version = config.get(color);
  return version ? { [color]: { version, images: { web: `localhost/bluegreen/shop:${version}` } } } : {};
}

/** All that differs between one Docker host and a Kubernetes cluster: `pulumi config set platform kubernetes`. */
const places = {
  docker() {
    const port = config.getNumber("port") ?? 8080; // each color answers by itself on the two ports after it
    const image = config.get("caddyImage") ?? "caddy:2.11.9-alpine";
    return { platform: docker(), router: caddy({ expose: "web", port, bind: "127.0.0.1", image }) };
  },
  kubernetes() {
    const nodePort = config.getNumber("port") ?? 30080;
    const url = `http://${config.get("node") ?? "127.0.0.1"}:${nodePort}`;
    const namespace = config.get("namespace") ?? "shop";
    return {
      platform: kubernetes({ namespace, createNamespace: true, startWithin: "1m" }),
      router: service({ expose: "web", name: "shop", type: "NodePort", ports: [{ port: 80, nodePort }], url }),
    };
  },
};
const place = config.get<keyof typeof places>("platform", { allowedValues: ["docker", "kubernetes"] }) ?? "docker";

const shop = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: { ...releaseOf("blue"), ...releaseOf("green") },
  services: {
    web: {
      port: 8080,
      ready: "/health/ready",
      // Told to stop, it goes on answering for that long with `Connection: close`: so a drain loses no request.
      env: { FAREWELL_MS: "1000" },
    },
  },
  ...places[place](),
  gates: [http({ path: "/", healthyFor: "2s", within: "3s", interval: "250ms" })],
  verification: { checks: [http({ path: "/" })], bake: "3s", interval: "200ms" },
  retry: config.get("retry"),
});

export const { url, candidateUrl, activeColor, release, cutover, pending } = shop;
