import { fileURLToPath } from "node:url";
import { importImages } from "../cluster/images.ts";
import { docker } from "../docker/engine.ts";
import { ensureImage } from "../docker/images.ts";
import type { Network } from "./server.ts";

const repository = "localhost/bluegreen/ledger";

/** Releases of the application with a database, and the column of `orders` that each knows. */
const releases = { "1.0.0": "customer", "2.0.0": "buyer", "2.1.0": "buyer" } as const;

export type LedgerRelease = keyof typeof releases;

export const ledgerImage = (release: LedgerRelease) => `${repository}:${release}`;

/** Its statements, by their files: the first release's tables, and its migrations. */
export const ledgerSql = {
  schema: pathOf("schema.sql"),
  expand: pathOf("expand.sql"),
  contract: pathOf("contract.sql"),
} as const;

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../ledger/${name}`, import.meta.url));
}

/** Gives the platform the images of all releases, unless it has them. */
export async function provideLedger(network: Network): Promise<void> {
  const program = process.env.BLUEGREEN_LEDGER;
  if (!program) throw new Error("BLUEGREEN_LEDGER is not set: run this by packages/bootstrap/main.mjs exec");
  const files = { "/ledger": program };
  const images = Object.entries(releases).map(([version, column]) => {
    return { tag: `${repository}:${version}`, env: { VERSION: version, COLUMN: column } };
  });
  if (network === "kubernetes") {
    await importImages(images.map(({ tag, env }) => ({ name: tag, files, env, entrypoint: ["/ledger"] })));
    return;
  }
  for (const { tag, env } of images) {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    await ensureImage(docker, { tag, files, instructions: [`ENV ${variables.join(" ")}`, 'ENTRYPOINT ["/ledger"]'] });
  }
}
