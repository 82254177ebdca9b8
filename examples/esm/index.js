import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { caddy, docker } from "@bluegreen/pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const release = (color) => {
  const version = config.require(color);
  return { version, images: { web: `${config.require("image")}:${version}` } };
};

const app = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: { blue: release("blue"), green: release("green") },
  services: { web: { port: 8080, ready: "/health/ready" } },
  platform: docker(),
  router: caddy({
    expose: "web",
    port: config.requireNumber("port"),
    bind: "127.0.0.1",
    image: config.get("routerImage"),
  }),
  gates: [http({ path: "/health/ready", healthyFor: "1s" })],
  verification: { bake: "2s" },
});

export const url = app.url;
export const activeColor = app.activeColor;
