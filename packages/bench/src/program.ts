/** The benchmark's program: one declared check that takes as good as no time, and no bake. */
export const program = `
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { caddy, docker } from "@bluegreen/pulumi/docker";

const config = new pulumi.Config();
const release = (version) => ({ version, images: { web: "localhost/bluegreen/shop:" + version } });

export const { url, activeColor, cutover } = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: { blue: release("1.0.0"), green: release("1.1.0") },
  services: { web: { port: 8080, ready: "/health/ready" } },
  platform: docker(),
  router: caddy({
    expose: "web",
    port: config.requireNumber("port"),
    colorPorts: { blue: config.requireNumber("bluePort"), green: config.requireNumber("greenPort") },
    bind: "127.0.0.1",
    image: process.env.BLUEGREEN_CADDY_IMAGE,
  }),
  gates: [http({ path: "/health/ready", healthyFor: "0s" })],
  verification: { bake: "0s" },
});
`;
