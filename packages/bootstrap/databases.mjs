// PostgreSQL, Redis and Prometheus from Debian's own packages: programs only, which tests start with data and ports of
// their own. And an application that has a database.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./docker-install.mjs";
import { findOnPath } from "./go.mjs";
import { ledger } from "./images.mjs";
import { Problem } from "./problem.mjs";

const versions = "/usr/lib/postgresql";

/** @returns the variables by which `testkit/src/databases/` finds the programs */
export async function useDatabases({ cache, progress, env = process.env }) {
  await installPackages({ packages: lackingPackages(env), cache, progress });
  const [postgres, redis, prometheus] = [
    findPostgres(),
    findProgram("redis-server", env),
    findProgram("prometheus", env),
  ];
  if (!postgres || !redis || !prometheus)
    throw new Problem("PostgreSQL, Redis or Prometheus is installed, and its programs are not where Debian has them");
  return {
    BLUEGREEN_POSTGRES: postgres,
    BLUEGREEN_REDIS: redis,
    BLUEGREEN_PROMETHEUS: prometheus,
    BLUEGREEN_LEDGER: await ledger(cache, progress),
  };
}

function lackingPackages(env) {
  const lacking = ["redis-server", "prometheus"].filter((name) => !findProgram(name, env));
  return [...(findPostgres() ? [] : ["postgresql"]), ...lacking];
}

/** The folder of the newest version's programs; Debian keeps `postgres` and `initdb` off PATH. */
function findPostgres() {
  const found = existsSync(versions) ? readdirSync(versions).filter((name) => /^\d+$/.test(name)) : [];
  const folders = found.sort((a, b) => Number(b) - Number(a)).map((version) => join(versions, version, "bin"));
  return folders.find((folder) => existsSync(join(folder, "postgres")));
}

const findProgram = (name, env) => findOnPath(name, { PATH: `${env.PATH}:/usr/bin:/bin` });
