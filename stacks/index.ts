import { BlueGreenApp, caddy, docker, http } from "@bluegreen/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

/** What a color runs comes from stack config, too: `pulumi config set green 1.1.0`. Without a version it runs nothing. */
function releaseOf(color: "blue" | "green") {
  const version = config.get(color);
  return version ? { [color]: { version, images: { web: `localhost/bluegreen/shop:${version}` } } } : {};
}

const shop = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: { ...releaseOf("blue"), ...releaseOf("green") },
  services: { web: { port: 8080, ready: "/health/ready" } },
  platform: docker(),
  router: caddy({
    expose: "web",
    port: config.getNumber("port") ?? 8080, // each color answers by itself on the two ports after it
    bind: "127.0.0.1",
    image: config.get("caddyImage") ?? "caddy:2.10.2-alpine",
  }),
  gates: [http({ path: "/health/ready", healthyFor: "2s", within: "3s", interval: "250ms" })],
  verification: { checks: [http({ path: "/" })], bake: "3s", interval: "200ms" },
  retry: config.get("retry"),
});

export const { url, candidateUrl, activeColor, release, cutover, pending } = shop;
