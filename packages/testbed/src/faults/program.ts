/**
 * The program that faults strike. What a row wishes comes from `wish.json` beside it. `/breach-…` is a file in the
 * application's own container: once it is there, a check fails that no user's request notices.
 */
export const program = `
import { readFileSync } from "node:fs";
import { BlueGreenApp, caddy, docker, http, kubernetes, service } from "@bluegreen/pulumi";

const wish = JSON.parse(readFileSync("wish.json", "utf8"));
const makers = { docker, kubernetes, caddy, service };
const make = ({ kind, ...settings }) => makers[kind](settings);
const release = (version, tag) => ({ version, images: { web: process.env.BLUEGREEN_APP_IMAGE + ":" + tag } });

export const { url, activeColor } = new BlueGreenApp("shop", {
  activeColor: wish.activeColor,
  releases: { blue: release(wish.blue, "1.0.0"), green: release(wish.green, "1.1.0") },
  services: { web: { port: 8080, ready: "/health/ready", env: { FAREWELL_MS: "1000" } } },
  platform: make(wish.platform),
  router: make(wish.router),
  gates: [http({ path: "/health/ready", within: "20s", interval: "100ms" })],
  verification: {
    checks: [http({ path: "/" }), http({ path: "/file?path=" + wish.breach, status: 404 })],
    answers: 2,
    bake: "500ms",
    interval: wish.intervalMs + "ms",
    failureLimit: wish.failureLimit,
  },
  drain: wish.drains ? { within: "3s" } : null,
});
`;
