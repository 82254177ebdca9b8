import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ledgerImage, ledgerSql, provideLedger } from "@bluegreen/testkit/databases/ledger";
import { type Postgres, startPostgres } from "@bluegreen/testkit/databases/postgres";
import { isProvider } from "@bluegreen/testkit/processes";
import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";
import { killAlone, leases } from "./support/killing.ts";
import { Orders } from "./support/orders.ts";
import { quickGate, Shop } from "./support/shop.ts";

const orphanEndsMs = 20_000;

describe("migrations of a database that both colors write", () => {
  let postgres: Postgres;
  let shop: Shop;
  let orders: Orders;
  let hold: string;

  beforeAll(async () => {
    [postgres] = await Promise.all([startPostgres(bed.platform), provideLedger(bed.platform)]);
    await postgres.query(await readFile(ledgerSql.schema, "utf8"));
    await postgres.query("CREATE TABLE migration_attempts (phase text)");
    shop = await Shop.open({
      images: { blue: { web: ledgerImage("1.0.0") }, green: { web: ledgerImage("2.0.0") } },
      secretValues: { DATABASE_URL: postgres.url },
    });
    hold = join(shop.project.dir, "hold");
    await shop.edit({ migrations: { green: { expand: step("expand"), contract: step("contract") } } });
    (await shop.up({ activeColor: "blue", blue: "1.0.0" })).orThrow();
    orders = new Orders(shop.url);
  });
  afterAll(async () => {
    await orders?.stop();
    await shop?.close();
    await postgres?.stop();
  });

  /** Notes that it was begun, waits as long as it is held, and does its work in one transaction, which counts itself. */
  function step(phase: "expand" | "contract") {
    const psql = `${postgres.psql} -X -q -v ON_ERROR_STOP=1`;
    const begin = `${psql} -c "INSERT INTO migration_attempts VALUES ('$BLUEGREEN_MIGRATION')"`;
    const run = `set -e; ${begin}; while test -e ${hold}; do sleep 0.1; done; ${psql} -f ${ledgerSql[phase]}`;
    const env = { PGHOST: postgres.host, PGPORT: String(postgres.port), PGUSER: "shop", PGDATABASE: "postgres" };
    return { run, timeout: "2m", env, secretEnv: { PGPASSWORD: postgres.password } };
  }

  async function countOf(table: "migration_runs" | "migration_attempts", phase: string): Promise<number> {
    const [[count] = []] = await postgres.query(`SELECT count(*) FROM ${table} WHERE phase = '${phase}'`);
    return Number(count);
  }

  const ran = async () => ({
    expand: await countOf("migration_runs", "expand"),
    contract: await countOf("migration_runs", "contract"),
  });

  /** Kills the CLI while the phase runs. What it leaves behind ends, and has not done the phase's work. */
  async function killIn(phase: "expand" | "contract"): Promise<void> {
    await writeFile(hold, "");
    const before = await countOf("migration_attempts", phase);
    const run = shop.stack.start("up");
    await until(`the ${phase} to run`, async () => {
      if (!run.running) throw new Error(`the run ended before it could be killed:\n${run.output}`);
      return (await countOf("migration_attempts", phase)) > before;
    });
    expect(await leases(shop)).toHaveLength(1);
    const orphans = await killAlone(run);
    await until("the orphaned providers end", async () => !orphans.some(isProvider), orphanEndsMs);
    await rm(hold);
    expect((await ran())[phase]).toBe(0);
    (await shop.stack.cancel()).orThrow();
  }

  it("are shown by a preview, which runs none", async () => {
    const steps = await shop.previewSteps({ green: "2.0.0" });
    expect(steps).toContain("create shop-expand-green");
    expect(steps.filter((one) => one.includes("contract"))).toEqual([]);
    expect(await shop.previewSteps({ activeColor: "green" })).toContain("create shop-contract-green");
    await shop.set({ activeColor: "blue" });
    expect(await countOf("migration_attempts", "expand")).toBe(0);
  });

  it("expand before anything of the release starts, also when the first try was killed", async () => {
    await killIn("expand");
    expect(await shop.backends("green")).toEqual([]);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });

    (await shop.up()).orThrow();
    expect(await ran()).toEqual({ expand: 1, contract: 0 });
    expect(await countOf("migration_attempts", "expand")).toBe(2);
    expect(await leases(shop)).toEqual([]);
  });

  it("run once a release, and a revert past an expand is legal", async () => {
    await shop.edit({ gates: [{ run: "exit 1" }] });
    expect((await shop.up({ activeColor: "green" })).exit).not.toBe(0);
    await shop.edit({ gates: [quickGate], verification: { checks: [{ kind: "http", path: "/knows/customer" }] } });
    const reverted = await shop.up();
    expect(reverted.output).toContain("was reverted");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
    expect(await ran()).toEqual({ expand: 1, contract: 0 });
    expect(await countOf("migration_attempts", "expand")).toBe(2);
  });

  it("contract only after the bake, and a contract that was killed is not to be gone back from", async () => {
    const attempt = await shop.attempt();
    await shop.edit({ verification: {}, args: { retry: `2.0.0#${attempt}` } });
    await killIn("contract");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });

    const back = await shop.preview({ activeColor: "blue" });
    expect(back.exit).not.toBe(0);
    expect(back.output).toContain("blue 1.0.0 is from before 2.0.0, whose point of no return was passed at ");
    expect(back.output).toContain('returnPast: "2.0.0"');

    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await ran()).toEqual({ expand: 1, contract: 1 });
    expect(await countOf("migration_attempts", "contract")).toBe(2);
    expect(await leases(shop)).toEqual([]);
    expect((await shop.up()).orThrow().output).toMatch(/\d+ unchanged/);
  });

  it("say what ran, when and by whom, in outputs and journal, and nobody reads the password", async () => {
    const told = await shop.stack.outputs();
    const writer = expect.stringMatching(/@.+ pid \d+/);
    const iso = expect.stringMatching(/^2\d{3}-.+Z$/);
    expect(told.migrations).toEqual([
      { release: "2.0.0", phase: "expand", begun: iso, done: iso, writer },
      { release: "2.0.0", phase: "contract", begun: iso, done: iso, writer },
    ]);
    const journal = await (await shop.world()).journal();
    expect(journal).toMatch(/"migration":"expand","color":"green","release":"2.0.0".+"outcome":"done"/);
    expect(journal).toMatch(/"migration":"contract","color":"green","release":"2.0.0".+"outcome":"done"/);
    const { password } = postgres;
    expect(JSON.stringify(await shop.stack.export())).not.toContain(password);
    expect(journal).not.toContain(password);
  });

  it("leave a way on: a new version on the other color, and back to the release of the point itself", async () => {
    expect((await shop.up({ activeColor: "blue" })).exit).not.toBe(0);
    await shop.edit({ images: { blue: { web: ledgerImage("2.1.0") }, green: { web: ledgerImage("2.0.0") } } });
    (await shop.up({ blue: "2.1.0" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue", version: "2.1.0" });
    (await shop.up({ activeColor: "green" })).orThrow();
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    expect(await ran()).toEqual({ expand: 1, contract: 1 });
    // By its name the old release stays refused.
    expect((await shop.preview({ activeColor: "blue", blue: "1.0.0" })).output).toContain("is from before 2.0.0");
  });

  it("have cost no request and no row, with both releases writing", async () => {
    await orders.stop();
    expect(orders.failures).toEqual([]);
    expect(orders.acknowledged.length).toBeGreaterThan(150);
    const rows = await postgres.query("SELECT id, buyer, release FROM orders");
    const found = new Map(rows.map(([id, buyer]) => [id, buyer]));
    const lost = orders.acknowledged.filter((id) => found.get(id) !== `buyer-of-${id}`);
    expect(lost).toEqual([]);
    expect(rows).toHaveLength(orders.acknowledged.length);
    expect(new Set(rows.map(([, , release]) => release))).toEqual(new Set(["1.0.0", "2.0.0", "2.1.0"]));
  });
});
