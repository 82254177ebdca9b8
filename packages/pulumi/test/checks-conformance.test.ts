import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookAt } from "../src/checks/look.ts";
import { kindNames } from "../src/checks/parts/kind.ts";
import type { ContainerMeasures, KnownCheck, Subject } from "../src/contracts/check.ts";
import { type LocalContainer, listen, localContainer, localEntrance, localSubject } from "./local-subject.ts";

/** What no finding may hold, and every part of a subject does. */
const secret = "hunter2-of-the-check";
const gone = async (): Promise<never> => {
  throw new Error("container web-1 is gone");
};

/** A port on which there is a good server, a bad one, one that takes connections and never says a word, or nobody. */
interface Ports {
  readonly good: number;
  readonly bad: number;
  readonly silent: number;
  readonly closed: number;
  readonly grpc: number;
  /** TLS, with a certificate for shop.example.org that lasts 30 days. */
  readonly secure: number;
  /** The same for shop.example.com, and 60 days. */
  readonly secureCom: number;
}

let ports: Ports;
const closers: (() => Promise<void> | void)[] = [];
const silentSockets = new Set<Socket>();

async function start(server: Server): Promise<number> {
  const port = await listen(server);
  closers.push(() => void server.close());
  return port;
}

beforeAll(async () => {
  const web = (status: number) =>
    createServer((request, answer) => {
      if (request.url === "/endless") return void answer.end(long);
      answer.writeHead(status, { "x-release": "1.5.0", "set-cookie": secret });
      answer.end(`ready, and the token is ${secret}`);
    });
  const silent = createTcpServer((socket) => {
    silentSockets.add(socket.resume());
    socket.on("error", () => {});
    socket.on("close", () => silentSockets.delete(socket));
  });
  const closed = createTcpServer();
  const health = new HealthImplementation({ "": "SERVING", "shop.Orders": "SERVING", "shop.Stock": "NOT_SERVING" });
  const grpc = new GrpcServer();
  health.addToServer(grpc);
  const grpcPort = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, port: number) => (error ? reject(error) : resolve(port));
    grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), bound);
  });
  closers.push(() => grpc.forceShutdown());
  ports = {
    good: await start(web(200)),
    bad: await start(web(500)),
    silent: await start(silent),
    closed: await listen(closed),
    grpc: grpcPort,
    secure: await start(createTlsServer(await certificateFor("shop.example.org", 30), () => {})),
    secureCom: await start(createTlsServer(await certificateFor("shop.example.com", 60), () => {})),
  };
  await new Promise((resolve) => closed.close(resolve));
});

afterAll(async () => {
  for (const close of closers) await close();
});

async function certificateFor(name: string, days: number) {
  const made = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    `${days}`,
  ];
  const named = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`, "-keyout", "-", "-out", "-"];
  const { stdout: both } = await promisify(execFile)("openssl", [...made, ...named]);
  return { key: both, cert: both };
}

const at = (port: number) => {
  return localSubject({
    entrances: [localEntrance(port)],
    containers: [container({ entrance: () => localEntrance(port) })],
  });
};
const container = (more: LocalContainer = {}) => localContainer({ TOKEN: secret }, more);
const holding = (more: LocalContainer = {}) => localSubject({ containers: [container(more)] });
const using = (usage: Partial<Awaited<ReturnType<ContainerMeasures["usage"]>>>) => {
  const nothing = { cpu: null, cpuLimit: null, memory: null, memoryLimit: null };
  return holding({ measures: { usage: async () => ({ ...nothing, ...usage }) } });
};
const told = (url: string) => localSubject({ tools: { openUrl: async () => ({ url, close: async () => {} }) } });
const job = (result: "passed" | "failed" | "timeout") => {
  return localSubject({ tools: { runJob: async () => ({ result, output: `token=${secret}` }) } });
};
const waits = { healthyFor: "0s", within: "0s", interval: "1s", timeout: "400ms" } as const;
const env = { TOKEN: secret };
const sh = (script: string) => ["sh", "-c", script];

interface Case {
  readonly check: KnownCheck;
  readonly good: () => Subject;
  readonly bad: () => Subject;
  /** Where nothing can be told; absent for what can always tell. */
  readonly unknown?: () => Subject;
  /** Where an answer never comes. */
  readonly hangs?: () => Subject;
}

const cases: Readonly<Record<string, Case>> = {
  "http, of a status": {
    check: { kind: "http", path: "/ready", status: 200, ...waits },
    good: () => at(ports.good),
    bad: () => at(ports.bad),
    unknown: () => localSubject({}),
    hangs: () => at(ports.silent),
  },
  "http, of body and headers": {
    check: {
      kind: "http",
      path: "/",
      status: 200,
      contains: "ready",
      matches: "^ready,",
      headers: { "X-Release": "1.5.0" },
      ...waits,
    },
    good: () => at(ports.good),
    bad: () => at(ports.closed),
    unknown: () => localSubject({}),
  },
  "http, of a service that no router exposes": {
    check: { kind: "http", service: "web", port: 1, path: "/ready", status: 200, retries: 2, ...waits },
    good: () => holding({ entrance: () => localEntrance(ports.good) }),
    bad: () => holding({ entrance: () => localEntrance(ports.bad) }),
    unknown: () => localSubject({}),
  },
  tcp: {
    check: { kind: "tcp", ...waits },
    good: () => at(ports.silent),
    bad: () => at(ports.closed),
    unknown: () => localSubject({}),
  },
  "grpc, of the server": {
    check: { kind: "grpc", grpcService: "", ...waits, timeout: "5s" },
    good: () => at(ports.grpc),
    bad: () => at(ports.good),
    unknown: () => localSubject({}),
  },
  "grpc, of a service": {
    check: { kind: "grpc", grpcService: "shop.Orders", ...waits, timeout: "5s" },
    good: () => at(ports.grpc),
    bad: () => at(ports.closed),
  },
  "grpc of a silent server": {
    check: { kind: "grpc", grpcService: "", ...waits },
    good: () => at(ports.grpc),
    bad: () => at(ports.closed),
    hangs: () => at(ports.silent),
  },
  "certificate, of a name": {
    check: { kind: "certificate", validFor: "336h", hostname: "shop.example.org", ...waits },
    good: () => at(ports.secure),
    bad: () => at(ports.good),
    unknown: () => localSubject({}),
    hangs: () => at(ports.silent),
  },
  "certificate, of another name": {
    check: { kind: "certificate", validFor: "0s", hostname: "shop.example.com", ...waits },
    good: () => at(ports.secureCom),
    bad: () => at(ports.secure),
  },
  "certificate that has to last": {
    check: { kind: "certificate", validFor: "750h", ...waits },
    good: () => at(ports.secureCom),
    bad: () => at(ports.secure),
  },
  command: {
    check: { kind: "command", run: 'echo "$TOKEN"; test "$BLUEGREEN_URL" = http://good', timeout: "5s", env },
    good: () => told("http://good"),
    bad: () => told("http://bad"),
    unknown: () => localSubject({ tools: { openUrl: gone } }),
  },
  "command without an end": {
    check: { kind: "command", run: 'test "$BLUEGREEN_URL" = http://good || sleep 60', timeout: "400ms", env },
    good: () => told("http://good"),
    bad: () => told("http://bad"),
    hangs: () => told("http://bad"),
  },
  job: {
    check: { kind: "job", image: "smoke:1", command: ["./smoke"], timeout: "5s", env },
    good: () => job("passed"),
    bad: () => job("failed"),
    unknown: () => localSubject({}),
  },
  exec: {
    check: { kind: "exec", service: "web", command: sh('echo "$TOKEN"; test "$GOOD" = 1'), timeout: "5s" },
    good: () => localSubject({ containers: [localContainer({ TOKEN: secret, GOOD: "1" })] }),
    bad: () => holding(),
    unknown: () => holding({ exec: gone }),
  },
  "exec, of what is printed": {
    check: {
      kind: "exec",
      service: "web",
      command: sh('echo "role: $ROLE, $TOKEN"'),
      contains: "role: primary",
      timeout: "5s",
    },
    good: () => localSubject({ containers: [localContainer({ TOKEN: secret, ROLE: "primary" })] }),
    bad: () => holding(),
    unknown: () => localSubject({}),
  },
  "exec without an end": {
    check: { kind: "exec", service: "web", command: sh('test "$GOOD" = 1 || exec sleep 60'), timeout: "400ms" },
    good: () => localSubject({ containers: [localContainer({ GOOD: "1" })] }),
    bad: () => localSubject({ containers: [localContainer({})] }),
    hangs: () => holding(),
  },
  "logs that never say something": {
    check: { kind: "logs", never: "ERROR|panic", since: "60s" },
    good: () => holding({ logs: async () => `all well\n${secret}\n` }),
    bad: () => holding({ logs: async () => `ERROR: no luck with ${secret}\n` }),
    unknown: () => holding({ logs: gone }),
  },
  "logs that say something": {
    check: { kind: "logs", matches: "^ready to accept" },
    good: () => holding({ logs: async () => `${secret}\nready to accept connections\n` }),
    bad: () => holding({ logs: async () => secret }),
    unknown: () => localSubject({}),
  },
  restarts: {
    check: { kind: "restarts", atMost: 1 },
    good: () => holding({ measures: { restarts: async () => ({ count: 1, lastMs: 0 }) } }),
    bad: () => holding({ measures: { restarts: async () => ({ count: 2, lastMs: 3_600_000 }) } }),
    unknown: () => holding({ measures: { restarts: gone } }),
  },
  "restarts of late": {
    check: { kind: "restarts", atMost: 0, since: "15m" },
    good: () => holding({ measures: { restarts: async () => ({ count: 9, lastMs: 3_600_000 }) } }),
    bad: () => holding({ measures: { restarts: async () => ({ count: 1, lastMs: 60_000 }) } }),
    unknown: () => holding({ measures: { restarts: gone } }),
  },
  "cpu, of one processor": {
    check: { kind: "cpu", below: "70%", of: "processor" },
    good: () => using({ cpu: 0.69 }),
    bad: () => using({ cpu: 0.7 }),
    unknown: () => using({}),
  },
  "cpu, of the limit": {
    check: { kind: "cpu", below: "70%", of: "limit" },
    good: () => using({ cpu: 1.3, cpuLimit: 2 }),
    bad: () => using({ cpu: 0.36, cpuLimit: 0.5 }),
    unknown: () => using({ cpu: 0.1 }),
  },
  "memory, of a size": {
    check: { kind: "memory", below: "400MB" },
    good: () => using({ memory: 399 * 2 ** 20 }),
    bad: () => using({ memory: 400 * 2 ** 20 }),
    unknown: () => using({}),
  },
  "memory, of the limit": {
    check: { kind: "memory", below: "80%" },
    good: () => using({ memory: 79, memoryLimit: 100 }),
    bad: () => using({ memory: 80, memoryLimit: 100 }),
    unknown: () => using({ memory: 1 }),
  },
};

/** With a deadline that a busy machine meets; the others' are for what never answers. */
function patient(check: KnownCheck): KnownCheck {
  return "timeout" in check ? { ...check, timeout: "30s" } : check;
}

describe.each(Object.entries(cases))("%s", (_name, { check, good, bad, unknown, hangs }) => {
  test("passes on a good color, in words", async () => {
    const found = await lookAt(patient(check), good());
    expect(found).toMatchObject({ result: "passed" });
    expect(found.detail).not.toBe("");
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test("does not pass on a bad one, and quotes no secret", async () => {
    const found = await lookAt(check, bad(), [secret]);
    expect(found.result).toBe(check.kind === "exec" && hangs ? "inconclusive" : "failed");
    expect(JSON.stringify(found)).not.toContain(secret);
  });

  test.runIf(unknown)("says so when it can't tell", async () => {
    const found = await lookAt(check, unknown?.() as Subject);
    expect(found).toMatchObject({ result: "inconclusive" });
    expect(found.detail).not.toBe("");
  });

  test.runIf(hangs)("ends in time without an answer, and has not passed", async () => {
    const started = performance.now();
    const found = await lookAt(check, hangs?.() as Subject);
    expect(found.result).not.toBe("passed");
    // Its own time is 400 ms; a busy machine has more of it.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("leaves nothing open", async () => {
    await lookAt(check, bad());
    if (hangs) await lookAt(check, hangs());
    await expect.poll(() => silentSockets.size, { timeout: 10_000 }).toBe(0);
    await expect.poll(openParts, { timeout: 10_000 }).toEqual([]);
  });
});

/** Connections and processes that this process still has, apart from its servers'. */
function openParts(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|ProcessWrap)$/.test(name));
}

/** On what each of these is given the expression takes longer than anybody lives. */
const endless = "^(a+)+$";
const long = `${"a".repeat(60)}!`;
const printing = () => holding({ exec: async () => ({ exit: 0, output: long }), logs: async () => long });

test.concurrent.each<[string, KnownCheck, () => Subject]>([
  ["http", { kind: "http", path: "/endless", status: 200, matches: endless, ...waits }, () => at(ports.good)],
  ["exec", { kind: "exec", service: "web", command: ["x"], matches: endless, timeout: "5s" }, printing],
  ["logs", { kind: "logs", never: endless }, printing],
])("an expression without an end holds nothing up, and has not passed: %s", async (_kind, check, subject) => {
  let beats = 0;
  const heartbeat = setInterval(() => beats++, 100);
  const found = await lookAt(check, subject());
  clearInterval(heartbeat);
  expect(found).toMatchObject({ result: "inconclusive", detail: expect.stringContaining("simpler repetitions") });
  expect(beats).toBeGreaterThan(3);
});

test("every kind is here, or has a suite of its own", () => {
  const here = new Set<string>(Object.values(cases).map(({ check }) => check.kind));
  const measures = ["latency", "errorRate", "prometheus", "dependency", "window"];
  // It asks a platform, whose own tests have it.
  const others = ["running"];
  expect([...here, ...measures, ...others].sort()).toEqual(kindNames().sort());
});
