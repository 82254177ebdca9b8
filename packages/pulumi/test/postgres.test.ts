import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkDependency } from "../src/checks/dependency.ts";
import { listen, localContainer, localSubject } from "./local-subject.ts";

/** Everything that libpq's clients look up by themselves. */
const deployers = {
  PGUSER: "deployer-user",
  PGPASSWORD: "deployer-password",
  PGDATABASE: "deployer-database",
  PGOPTIONS: "-c deployer.options=1",
  PGAPPNAME: "deployer-app",
  PGSSLMODE: "require",
  PGSSLNEGOTIATION: "direct",
  PGCLIENT_ENCODING: "deployer-encoding",
};

/** A server that asks whoever comes for a password in clear, and keeps what it is told. */
let told = "";
const server = createServer((socket: Socket) => {
  socket.on("error", () => {});
  let asked = false;
  socket.on("data", (chunk) => {
    told += chunk.toString("latin1");
    if (!asked) socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    asked = true;
  });
});
let port: number;

beforeEach(async () => {
  told = "";
  port = await listen(server);
  for (const [name, value] of Object.entries(deployers)) vi.stubEnv(name, value);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (URL: string, timeout = "20s") => {
  const check = { kind: "dependency", service: "web", type: "postgres", from: "URL", timeout } as const;
  return checkDependency(check, localSubject({ containers: [localContainer({ URL })] }));
};

test("a login is the container's own, and nothing of the deployer's makes up for what it lacks", async () => {
  const found = await ask(`postgres://shop@127.0.0.1:${port}/stock`);
  expect(found).toMatchObject({
    result: "failed",
    detail: expect.stringContaining("wants a password, and it holds none"),
  });
  expect(told).toContain("user\0shop\0database\0stock\0");
  expect(told).not.toContain("deployer");
  expect(process.env).toMatchObject(deployers);
});

test("a login with a password is used as it is", async () => {
  // Nobody answers it.
  await ask(`postgres://shop:hunter2@127.0.0.1:${port}/stock`, "5s");
  expect(told).toContain("hunter2");
  expect(told).not.toContain("deployer");
});

test.each([
  ["no user", "postgres://127.0.0.1:PORT/stock", /names no user/],
  [
    "a file of the deployer's",
    "postgres://shop:x@127.0.0.1:PORT/stock?sslrootcert=/etc/passwd",
    /its sslrootcert would/,
  ],
  ["another host", "postgres://shop:x@127.0.0.1:PORT/stock?host=elsewhere", /its host would/],
  ["another kind of URL", "mysql://shop:x@127.0.0.1:PORT/stock", /begins with postgres/],
])("%s is refused by name, and nobody is told anything", async (_what, url, problem) => {
  const found = await ask(url.replace("PORT", String(port)));
  expect(found).toMatchObject({ result: "failed", detail: expect.stringMatching(problem) });
  expect(told).toBe("");
});
