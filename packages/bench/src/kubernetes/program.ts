/** The program of the switch's and the drain's benchmark: one check that takes as good as no time, and no bake. */
export const program = `
import * as pulumi from "@pulumi/pulumi";
import { BlueGreenApp } from "@bluegreen/pulumi";
import { http } from "@bluegreen/pulumi/checks";
import { kubernetes, service } from "@bluegreen/pulumi/kubernetes";

const config = new pulumi.Config();
const image = (tag) => ({ web: process.env.BLUEGREEN_APP_IMAGE + ":" + tag });

export const { url, activeColor, cutover } = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: {
    blue: { version: config.get("blue") ?? "blue-1", images: image("1.0.0") },
    green: { version: config.get("green") ?? "green-1", images: image("1.1.0") },
  },
  services: {
    web: { port: 8080, ready: "/health/ready", replicas: 2, env: { FAREWELL_MS: config.get("farewell") ?? "2000" } },
  },
  platform: kubernetes({ namespace: config.require("namespace"), startWithin: "60s" }),
  router: service({ expose: "web", name: "shop", type: "NodePort" }),
  gates: [http({ path: "/health/ready" })],
  verification: { bake: "0s" },
  drain: config.get("drain") ? { within: config.require("drain") } : null,
});
`;
