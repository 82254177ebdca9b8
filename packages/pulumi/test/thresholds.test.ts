import type { Percent, Size } from "@bluegreen/core";
import { parseSettings } from "@bluegreen/core/settings";
import { describe, expect, test } from "vitest";
import type { Check } from "../src/checks/check.ts";
import * as gates from "../src/checks/kinds.ts";

const { command, cpu, dependency, errorRate, exec, http, latency, logs, restarts, tcp } = gates;

/** What the documents of the four systems ask for, in their words, and as it is written here. */
const thresholds: Readonly<Record<string, readonly [string, Check][]>> = {
  DimbyBot: [
    ["a slash command through a staging guild within 30 s", command({ run: "npm run slash", timeout: "30s" })],
    [
      "Lavalink /version without an error in a 60 s window",
      http({ service: "lavalink", path: "/version", healthyFor: "60s" }),
    ],
    ["Lavalink's log without an error in that window", logs({ service: "lavalink", never: "ERROR", since: "60s" })],
    ["voice connect", tcp({ service: "lavalink" })],
    ["docker inspect: CPU below 70 %", cpu({ below: "70%" })],
    ["docker inspect: no restarts", restarts({ atMost: 0 })],
    ["proxy: HTTP 200 within 2 retries", http({ path: "/", retries: 2 })],
    ["log inspection", logs({ matches: "Logged in as", never: "ERROR|Unhandled" })],
    ["soak: idle under synthetic load", errorRate({ below: "1%", rate: 20, for: "60s" })],
  ],
  NEPA: [
    ["green validated directly", http({ path: "/health", contains: '"status":"ok"' })],
    ["error rate monitored after the switch", errorRate({ below: "1%", for: "20s" })],
    ["latency monitored after the switch", latency({ p95: "500ms", for: "20s" })],
  ],
  FlappyJournal: [
    ["auth on 4001", http({ service: "auth", path: "/health" })],
    ["gRPC on 50051", gates.grpc({ service: "backend", port: 50_051 })],
    ["512 MB of memory", gates.memory({ service: "auth", below: "512MB" })],
  ],
  "Instant switch": [
    ["/health/ready 200", http({ path: "/health/ready", status: 200 })],
    ["healthy for at least 5 min", http({ path: "/health/ready", healthyFor: "5m" })],
    ["the database", dependency({ service: "web", type: "postgres", from: "DATABASE_URL" })],
    ["Redis, if enabled", dependency({ service: "web", type: "redis", from: "REDIS_URL" })],
    ["workers", exec({ service: "worker", command: ["./worker", "ping"], contains: "pong" })],
    ["p95 within the baseline's tolerance", latency({ p95Within: "20%", rate: 50, for: "30s" })],
    ["error rate below 0.5 %", errorRate({ below: "0.5%", rate: 50, for: "30s" })],
  ],
};

const service = (port?: number) => ({ ...(port ? { port, ready: "/health/ready" } : {}) });

function faultsOf(more: object) {
  const services = { web: service(8080), lavalink: service(2333), auth: service(4001), backend: service(4003) };
  const images = Object.fromEntries([...Object.keys(services), "worker"].map((name) => [name, `${name}:1`]));
  const parsed = parseSettings("shop", {
    activeColor: "blue",
    releases: { blue: { version: "1", images } },
    services: { ...services, worker: service() },
    platform: { kind: "docker" },
    router: { kind: "caddy", expose: "web", port: 80 },
    ...more,
  });
  return parsed.ok ? [] : parsed.faults;
}

describe.each(Object.entries(thresholds))("%s can say", (_system, wishes) => {
  test.each(wishes)("%s", (_words, check) => {
    expect(faultsOf({ gates: [check] })).toEqual([]);
    expect(faultsOf({ verification: { checks: [check] } })).toEqual([]);
  });
});

/** One check of `web`, which may use a quarter of a processor and 256 MB. */
const small = (gate: Check) => {
  const resources = { cpus: 0.25, memory: "256MB" };
  return { services: { web: { ...service(8080), resources } }, ...onlyWeb, gates: [gate] };
};
const onlyWeb = { releases: { blue: { version: "1", images: { web: "web:1" } } } };
const limited = (below: Percent, of?: "limit") => small(cpu({ service: "web", below, ...(of ? { of } : {}) }));
const held = (below: Percent | Size) => small(gates.memory({ service: "web", below }));

test("a password that a command takes from its env is taken", () => {
  const run = "curl http://$USER:$PASSWORD@web/ && git clone git@host:x";
  expect(faultsOf({ gates: [command({ run, env: { USER: "a", PASSWORD: "b" } })] })).toEqual([]);
});

test.each([limited("20%"), limited("25%"), limited("70%", "limit"), held("80%"), held("200MB")])(
  "a threshold within a service's limits is taken",
  (settings) => expect(faultsOf(settings)).toEqual([]),
);

describe("a check that nothing could come of is refused:", () => {
  const { job, memory, window } = gates;
  const metrics = (url: string, more = {}) => gates.prometheus({ url, query: "up", below: 1, ...more });
  test.each<[string, object, string, RegExp]>([
    ["of no service", { gates: [restarts({ service: "webb" })] }, "gates.0.service", /"webb" is not a service/],
    ["of a port that nobody knows", { gates: [tcp({ service: "worker" })] }, "gates.0.service", /has no port/],
    ["a share of no limit", { gates: [cpu({ below: "70%", of: "limit" })] }, "gates.0", /web has none/],
    ["a share of no memory", { gates: [memory({ below: "80%", service: "web" })] }, "gates.0", /web has none/],
    ["a share of a processor that no limit lets it have", limited("70%"), "gates.0.below", /web may use 0.25 of/],
    ["more than a limit", limited("101%", "limit"), "gates.0.below", /more than its limit/],
    ["all of a limit", held("100%"), "gates.0.below", /more than its limit/],
    ["a size above the limit", held("300MB"), "gates.0.below", /web may use 256MB/],
    ["a job without a cluster", { gates: [job({ image: "x", command: ["y"] })] }, "gates.0", /a job runs in/],
    [
      "a window after the switch",
      { verification: { checks: [window({ from: "09:00", to: "16:00" })] } },
      "verification.checks.0",
      /after it/,
    ],
    [
      "a password in a command",
      { gates: [command({ run: "psql postgres://a:b@db/x" })] },
      "gates.0.run",
      /no password/,
    ],
    ["one in a program", { gates: [exec({ command: ["x", "redis://:b@r"] })] }, "gates.0.command.1", /no password/],
    ["a login in a URL", { gates: [metrics("http://a:b@prometheus:9090")] }, "gates.0.url", /no user and no pass/],
    [
      "two logins",
      { gates: [metrics("http://p", { tokenFrom: "T", headers: { authorization: "B" } })] },
      "gates.0",
      /one/,
    ],
    ["logs of nothing", { gates: [logs({})] }, "gates.0", /must have matches or never/],
    ["a pattern that is none", { gates: [logs({ never: "(" })] }, "gates.0.never", /must be a regular expression/],
  ])("%s", (_name, settings, at, problem) => {
    const found = faultsOf(settings).find((fault) => fault.at === at);
    expect(found?.problem).toMatch(problem);
    expect(found?.fix).not.toBe("");
  });
});
