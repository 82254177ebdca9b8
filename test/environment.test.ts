import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, textOf } from "./support/shop.ts";

const token = "token-of-the-environment-test";
const colors = ["blue", "green"] as const;
const versions = { blue: "1.0.0", green: "1.1.0" };

describe("a color's environment", () => {
  let shop: Shop;
  let addresses: Record<string, string>;
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0", db: "1.0.0" }, green: { web: "1.1.0", db: "1.1.0" } },
      services: {
        web: { env: { GREETING: "a = b, c" } },
        db: { port: 8080, replicas: 2 },
      },
      secretValues: { TOKEN: token },
    });
    await shop.deployBoth();
    const world = await shop.world();
    addresses = { blue: await world.colorUrl("blue"), green: await world.colorUrl("green") };
  });
  afterAll(() => shop?.close());

  it("answers for itself, live or idle", async () => {
    for (const color of colors) {
      expect(JSON.parse(await textOf(`${addresses[color]}/`))).toMatchObject({ color, version: versions[color] });
    }
    expect(await shop.ask()).toMatchObject({ color: "blue" });
  });

  it.each(colors)("lets services find each other inside %s", async (color) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => textOf(`${addresses[color]}/peer?url=http://db:8080/`)),
    );
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ color, version: versions[color] });
  });

  it("knows no name of the other color", async () => {
    expect(JSON.parse(await textOf(`${addresses.blue}/peer?url=http://db.blue:8080/`))).toMatchObject({
      color: "blue",
    });
    for (const name of ["db.green", "web.green"]) {
      await expect(textOf(`${addresses.blue}/peer?url=http://${name}:8080/`)).rejects.toThrow("answered 502");
    }
  });

  it("tells everything its color and its release", async () => {
    for (const color of colors) {
      for (const service of ["web", "db"]) {
        expect(await shop.environment(color, service)).toMatchObject({
          BLUEGREEN_COLOR: color,
          BLUEGREEN_RELEASE: versions[color],
        });
      }
    }
    expect(await textOf(`${addresses.blue}/env?name=GREETING`)).toBe("a = b, c");
    expect(await shop.environment("blue", "db")).not.toHaveProperty("GREETING");
  });

  it("labels everything with app, role, color, service and release", async () => {
    const app = await shop.identity();
    for (const color of colors) {
      const backends = await shop.backends(color);
      expect(backends.map((one) => one.service).sort()).toEqual(["db", "db", "web"]);
      for (const { labels } of backends) {
        expect(labels).toMatchObject({ app, role: "backend", color, release: versions[color] });
      }
    }
  });

  it("gets its secrets", async () => {
    const sha = createHash("sha256").update(token).digest("hex");
    for (const color of colors) expect(await textOf(`${addresses[color]}/secret-sha?name=TOKEN`)).toBe(sha);
    expect(await shop.environment("blue", "db")).not.toHaveProperty("TOKEN");
  });
});
