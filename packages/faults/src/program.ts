/** The program that faults strike. All that a kind of app and a row wish comes from `wish.json` beside it. */
export const program = `
import { readFileSync } from "node:fs";
import { BlueGreenApp, none } from "@bluegreen/pulumi";
import { http, running } from "@bluegreen/pulumi/checks";
import { caddy, docker } from "@bluegreen/pulumi/docker";
import { kubernetes, service } from "@bluegreen/pulumi/kubernetes";

const wish = JSON.parse(readFileSync("wish.json", "utf8"));
const makers = { docker, kubernetes, caddy, none, service, http, running };
const make = ({ kind, ...settings }) => makers[kind](settings);
const release = (version, tag) => {
  const image = process.env.BLUEGREEN_APP_IMAGE + ":" + tag;
  return { version, images: Object.fromEntries(Object.keys(wish.services).map((name) => [name, image])) };
};

export const { url, activeColor } = new BlueGreenApp("shop", {
  activeColor: wish.activeColor,
  releases: { blue: release(wish.blue, "1.0.0"), green: release(wish.green, "1.1.0") },
  services: wish.services,
  platform: make(wish.platform),
  router: Array.isArray(wish.router) ? wish.router.map(make) : make(wish.router),
  gates: wish.gates.map(make),
  // Going back has to show what going on has to.
  rollback: { gates: wish.gates.map(make), bake: wish.bake },
  verification: {
    checks: wish.checks.map(make),
    answers: 2,
    bake: wish.bake,
    interval: wish.intervalMs + "ms",
    failureLimit: wish.failureLimit,
  },
  drain: wish.drains ? { within: "3s" } : null,
});
`;
