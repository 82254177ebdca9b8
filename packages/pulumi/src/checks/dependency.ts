import type { Duplex } from "node:stream";
import { type DependencyCheckSettings, type Duration, milliseconds } from "@bluegreen/core";
import type { Finding, RunningContainer, Subject } from "../contracts/check.ts";
import { bounds, tooLong } from "../io/bounds.ts";
import { within } from "../io/deadline.ts";
import { reasonOf } from "../io/reason.ts";
import { redactionOf } from "../io/redact.ts";
import { type Address, joinTo, reach } from "./parts/dial.ts";
import { kind } from "./parts/kind.ts";
import type { Waits } from "./parts/waits.ts";

export interface DependencyCheck extends Waits {
  readonly kind: "dependency";
  /** The service from inside whose containers it is asked. */
  readonly service: string;
  readonly type: "postgres" | "redis" | "tcp";
  /** Variable of the container's own environment that names what it depends on: a URL, or `host:port`. */
  readonly from: string;
  /** @default "5s" */
  readonly timeout?: Duration | undefined;
}

/** What a service depends on. @example dependency({ service: "web", type: "postgres", from: "DATABASE_URL" }) */
export const dependency = kind<DependencyCheck>("dependency", checkDependency);

/**
 * Whether each container of a service reaches what it depends on: the address and the login are those that the
 * container itself was given, and the connection goes out from inside it. Neither ever leaves this process.
 */
export async function checkDependency(check: DependencyCheckSettings, { containers }: Subject): Promise<Finding> {
  const { service, type, from } = check;
  const asked = containers.filter((one) => one.service === service);
  if (asked.length === 0) return { result: "inconclusive", detail: `no container of ${service} runs` };
  for (const container of asked) {
    const finding = await checkOne(check, container);
    if (finding.result !== "passed") return finding;
  }
  return { result: "passed", detail: `${asked.map(({ name }) => name).join(", ")}: ${type} at ${from} answers` };
}

async function checkOne(check: DependencyCheckSettings, container: RunningContainer): Promise<Finding> {
  const { type, from } = check;
  const timeoutMs = milliseconds(check.timeout);
  const read = await container.exec(readVariable(from), timeoutMs);
  if (read.exit !== 0 || read.output === "") {
    const why = read.exit === 0 ? `has no ${from}` : `has no shell that could tell its ${from}`;
    return { result: "inconclusive", detail: `${container.name} ${why}` };
  }
  const found = read.output.trim();
  const redact = redactionOf(secretsIn(found));
  try {
    const address = addressOf(type, found);
    if (type === "tcp") await reachFrom(container, address, timeoutMs);
    else await talkFrom(container, address, timeoutMs, (connection) => talk[type](connection, found));
    return { result: "passed", detail: `${container.name} reaches ${type} at ${from}` };
  } catch (error) {
    return {
      result: "failed",
      detail: `${container.name} can't use ${type} at ${from}: ${redact(reasonOf(error))}`,
    };
  }
}

/** An error's text may repeat the address or the login. */
function secretsIn(found: string): string[] {
  const { username = "", password = "" } = URL.parse(found) ?? {};
  return [found, username, password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function reachFrom(container: RunningContainer, address: Address, timeoutMs: number): Promise<void> {
  const { exit, output } = await container.exec(reach(address), timeoutMs);
  if (exit !== 0) throw new Error(output.trim() || `exit ${exit}`);
}

async function talkFrom(
  container: RunningContainer,
  address: Address,
  timeoutMs: number,
  say: (connection: Duplex) => Promise<void>,
): Promise<void> {
  const connection = await container.open(joinTo(address));
  // What it is worth is said by whoever talks; that it is cut off at the end is nobody's failure.
  connection.on("error", () => {});
  try {
    await within(timeoutMs, say(connection));
  } finally {
    connection.destroy();
  }
}

const defaultPorts = { postgres: 5_432, redis: 6_379, tcp: 0 } as const;

/** Of a URL, or of `host:port`. @throws without its text, which may hold a password */
function addressOf(type: DependencyCheckSettings["type"], found: string): Address {
  const url = URL.parse(found.includes("://") ? found : `tcp://${found}`);
  const port = Number(url?.port || defaultPorts[type]);
  if (!url?.hostname || port === 0) throw new Error(`it is neither a URL nor host:port`);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** The name has been checked to be letters, digits and `_`. */
function readVariable(name: string): string[] {
  return ["sh", "-c", `printf %s "$${name}"`];
}

/** Each says enough to know that a client would be served; a rejection says why not. */
const talk = {
  postgres: async (connection: Duplex, found: string) =>
    (await import("./parts/postgres.ts")).talkPostgres(connection, found),
  redis: talkRedis,
};

/** RESP: log in when the URL says how, then PING. */
async function talkRedis(connection: Duplex, found: string): Promise<void> {
  const url = URL.parse(found.includes("://") ? found : `redis://${found}`);
  if (url?.protocol === "rediss:") throw new Error("rediss:// is not supported; use exec() with redis-cli");
  const { username = "", password = "" } = url ?? {};
  const login = [username, password].map(decodeURIComponent).filter((part) => part !== "");
  if (password !== "") await call(connection, ["AUTH", ...login]);
  await call(connection, ["PING"]);
}

async function call(connection: Duplex, words: readonly string[]): Promise<void> {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  connection.write(`*${words.length}\r\n${bulk.join("")}`);
  const line = await nextLine(connection);
  if (!line.startsWith("+")) throw new Error(`it answered ${words[0]} with ${line}`);
}

function nextLine(connection: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.length > bounds.message) return fail(tooLong("its answer", bounds.message));
      if (!text.includes("\r\n")) return;
      stop();
      resolve(text.slice(0, text.indexOf("\r\n")));
    };
    const fail = (error?: Error) => {
      stop();
      reject(error ?? new Error("the connection was closed"));
    };
    const stop = () => connection.off("data", read).off("error", fail).off("end", fail);
    connection.on("data", read).on("error", fail).on("end", fail);
  });
}
