import type { Duplex } from "node:stream";
import type { Client, ClientConfig } from "pg";
import { bounds, tooLong } from "../../io/bounds.ts";

/**
 * Logs in as the container's URL says and asks one question. Nothing of the deployer's fills in what the URL lacks: no
 * variable, no `~/.pgpass`, no file. @throws what the server says, or what the URL lacks
 */
export async function talkPostgres(connection: Duplex, found: string): Promise<void> {
  const config = configOf(found, connection);
  const { Client } = (await import("pg")).default;
  const client = withoutLibpqEnvironment(() => new Client(config));
  client.on("error", () => {});
  await client.connect();
  await client.query("select 1");
  await client.end();
}

/** Would be read where Pulumi runs, or lead elsewhere than the host that is connected to. */
const refused = [
  ...["sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "passfile"],
  ...["host", "hostaddr", "port", "service", "servicefile"],
];

/** @throws without the URL's text, which may hold a password */
function configOf(found: string, connection: Duplex): ClientConfig {
  const url = URL.parse(found.includes("://") ? found : `postgres://${found}`);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error("it is no URL that begins with postgres://");
  const given = url.searchParams;
  const foreign = refused.filter((name) => given.has(name));
  if (foreign.length > 0) {
    throw new Error(
      `its ${foreign.join(", ")} would be looked up where Pulumi runs; use exec() with a client of the image`,
    );
  }
  const user = decodeURIComponent(url.username) || given.get("user");
  if (!user) throw new Error("it names no user");
  const password = decodeURIComponent(url.password) || given.get("password");
  const options = given.get("options");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    user,
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    // Asked for only when the server wants one.
    password: () => {
      if (password) return password;
      throw new Error("the server wants a password, and it holds none");
    },
    ssl: tlsOf(given.get("sslmode") ?? given.get("ssl")),
    ...(options === null ? {} : { options }),
    stream: () => asSocket(connection),
  };
}

/** As `pg` reads a URL: a certificate is checked wherever TLS is asked for, unless the URL says otherwise. */
function tlsOf(mode: string | null): ClientConfig["ssl"] {
  if (mode === null || ["disable", "allow", "false", "0"].includes(mode)) return false;
  return mode === "no-verify" ? { rejectUnauthorized: false } : true;
}

/** What `pg` is not told it looks up in `PG…` variables, when a client is made and never later. */
function withoutLibpqEnvironment(make: () => Client): Client {
  const kept = Object.entries(process.env).filter(([name]) => name.startsWith("PG"));
  for (const [name] of kept) delete process.env[name];
  try {
    return make();
  } finally {
    Object.assign(process.env, Object.fromEntries(kept));
  }
}

/** What `pg` takes for a socket that is about to connect. */
function asSocket(connection: Duplex) {
  let size = 0;
  connection.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > bounds.answer) connection.destroy(tooLong("its answer", bounds.answer));
  });
  return Object.assign(connection, {
    connect: () => void process.nextTick(() => connection.emit("connect")),
    setNoDelay: () => connection,
    setKeepAlive: () => connection,
    ref: () => connection,
    unref: () => connection,
  }) as unknown as import("node:net").Socket;
}
