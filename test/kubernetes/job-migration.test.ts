import { readFile } from "node:fs/promises";
import { ledgerImage, ledgerSql, provideLedger } from "@bluegreen/testkit/databases/ledger";
import { type Postgres, startPostgres } from "@bluegreen/testkit/databases/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesWorld } from "../support/bed/kubernetes.ts";
import { Shop } from "../support/shop.ts";

describe("migrations that are jobs in the cluster", () => {
  let postgres: Postgres;
  let shop: Shop;

  beforeAll(async () => {
    [postgres] = await Promise.all([startPostgres("kubernetes"), provideLedger("kubernetes")]);
    await postgres.query(await readFile(ledgerSql.schema, "utf8"));
    shop = await Shop.open({
      images: { blue: { web: ledgerImage("1.0.0") }, green: { web: ledgerImage("2.0.0") } },
      secretValues: { DATABASE_URL: postgres.url },
    });
  });
  afterAll(async () => {
    await shop?.close();
    await postgres?.stop();
  });

  const step = (phase: string) => ({
    image: ledgerImage("2.0.0"),
    command: ["/ledger", phase],
    timeout: "60s",
    secretEnv: { DATABASE_URL: postgres.url },
  });

  const ran = async () => (await postgres.query("SELECT phase FROM migration_runs ORDER BY at")).flat();

  async function jobs() {
    const world = (await shop.world()) as KubernetesWorld;
    return world.api.list("Job", { "bluegreen/app": world.identity });
  }

  it("that fail leave the release unstarted, and say why", async () => {
    (await shop.up({ activeColor: "blue", blue: "1.0.0" })).orThrow();
    await shop.edit({ migrations: { green: { expand: step("nonsense") } } });
    const up = await shop.up({ green: "2.0.0" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toContain("the expand migration of green 2.0.0 did not get done: the job failed");
    expect(up.output).toContain('phase is "nonsense"');
    expect(await shop.backends("green")).toEqual([]);
    expect(await jobs()).toEqual([]);
  });

  it("run once each, and leave nothing", async () => {
    await shop.edit({ migrations: { green: { expand: step("expand"), contract: step("contract") } } });
    (await shop.up()).orThrow();
    expect(await ran()).toEqual(["expand"]);
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await ran()).toEqual(["expand", "contract"]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await jobs()).toEqual([]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
    expect(await ran()).toEqual(["expand", "contract"]);
  });
});
