import { randomBytes } from "node:crypto";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../docker/free-port.ts";
import { asUser, type Database, dataFolder, execute, hostAddress, type Network, startServer } from "./server.ts";

export interface Postgres extends Database {
  /** Debian's `psql`, for commands on this machine. */
  readonly psql: string;
  /** Rows of one statement, a column as text each; fields must not contain `|`. @throws with the server's own words */
  query(sql: string): Promise<string[][]>;
}

const user = "postgres";
const queryTimeoutMs = 60_000;

/** PostgreSQL as Debian packages it, with the user `shop`, and a database that is empty and ends with it. */
export async function startPostgres(network: Network): Promise<Postgres> {
  const programs = process.env.BLUEGREEN_POSTGRES;
  if (!programs) throw new Error("BLUEGREEN_POSTGRES is not set: run this by packages/bootstrap/main.mjs exec");
  const [host, port, folder] = await Promise.all([hostAddress(network), freePort(), dataFolder(user)]);
  const password = randomBytes(12).toString("hex");
  await makeCluster(programs, folder, password);
  const settings = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    // What a crash of the machine would cost is not what is tested.
    fsync: "off",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const psql = join(programs, "psql");
  const query = async (sql: string) => {
    const place = ["-h", host, "-p", String(port), "-U", "shop", "-d", "postgres"];
    const env = { PGPASSWORD: password, PGCONNECT_TIMEOUT: "5" };
    const { stdout } = await execute(psql, ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", ...place, "-c", sql], {
      env,
      timeout: queryTimeoutMs,
    });
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("|")]));
  };
  const stop = await startServer(
    {
      command: [join(programs, "postgres"), "-D", join(folder, "data"), ...options],
      user,
      signal: "SIGINT",
      answers: () => query("select 1"),
    },
    folder,
  );
  const url = `postgres://shop:${password}@${host}:${port}/postgres?sslmode=disable`;
  return { host, port, url, password, psql, query, stop };
}

async function makeCluster(programs: string, folder: string, password: string): Promise<void> {
  const data = join(folder, "data");
  const secret = join(folder, "password");
  await writeFile(secret, password, { mode: 0o644 });
  const initdb = [join(programs, "initdb"), "-D", data, "-U", "shop", "--pwfile", secret, "-A", "scram-sha-256"];
  const [command = "", ...args] = asUser(user, [...initdb, "-E", "UTF8", "--no-locale", "--no-sync"]);
  await execute(command, args, { cwd: folder, env: { PATH: "/usr/bin:/bin" } });
  await rm(secret);
  await appendFile(join(data, "pg_hba.conf"), "host all all all scram-sha-256\n");
}
