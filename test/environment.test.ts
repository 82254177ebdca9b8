import { createHash } from "node:crypto";
import { docker } from "@bluegreen/testbed/docker/engine";
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
        web: {
          env: { GREETING: "a = b, c" },
          volumes: { "/own": {}, "/both": { shared: true }, "/fixed": { readOnly: true } },
          resources: { memory: "64MB", cpus: 0.5 },
        },
        db: { port: 8080, replicas: 2 },
      },
      secretValues: { TOKEN: token },
    });
    await shop.deployBoth();
    addresses = { blue: shop.url, green: String((await shop.stack.outputs()).candidateUrl) };
  });
  afterAll(() => shop?.close());

  const inspect = async (color: string, service: string) => {
    const found = (await shop.containers(color)).filter((one) => one.Labels["bluegreen.service"] === service);
    return Promise.all(found.map((one) => docker.getContainer(one.Id).inspect()));
  };

  it("answers for itself: the live one at the live address, the idle one at the candidate's", async () => {
    for (const color of colors) {
      expect(JSON.parse(await textOf(`${addresses[color]}/`))).toMatchObject({ color, version: versions[color] });
    }
    (await shop.up({ activeColor: "green" })).orThrow();
    const { url, candidateUrl } = await shop.stack.outputs();
    expect(url).toBe(shop.url);
    expect(JSON.parse(await textOf(`${candidateUrl}/`))).toMatchObject({ color: "blue" });
    (await shop.up({ activeColor: "blue" })).orThrow();
  });

  it.each(colors)("lets services find each other inside %s", async (color) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => textOf(`${addresses[color]}/peer?url=http://db:8080/`)),
    );
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ color, version: versions[color] });
  });

  it("has no way to the other color", async () => {
    for (const name of ["db.green", "web.green"]) {
      await expect(textOf(`${addresses.blue}/peer?url=http://${name}:8080/`)).rejects.toThrow("answered 502");
    }
    const [other] = await inspect("green", "db");
    const networks = Object.values(other?.NetworkSettings.Networks ?? {});
    expect(networks).toHaveLength(1);
    expect(
      JSON.parse(await textOf(`${addresses.green}/peer?url=http://${networks[0]?.IPAddress}:8080/`)),
    ).toMatchObject({
      color: "green",
    });
    await expect(textOf(`${addresses.blue}/peer?url=http://${networks[0]?.IPAddress}:8080/`)).rejects.toThrow("502");
  });

  it("tells every container its color and its release", async () => {
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
      const containers = await shop.containers(color);
      expect(containers.map((one) => one.Labels["bluegreen.service"]).sort()).toEqual(["db", "db", "web"]);
      for (const { Labels } of containers) {
        expect(Labels).toMatchObject({
          "bluegreen.app": app,
          "bluegreen.role": "backend",
          "bluegreen.color": color,
          "bluegreen.release": versions[color],
        });
      }
    }
  });

  it("limits memory and CPU where they were given, and there only", async () => {
    for (const color of colors) {
      const [web] = await inspect(color, "web");
      expect(web?.HostConfig).toMatchObject({ Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 });
      const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 } = web?.HostConfig ?? {};
      expect(NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota / CpuPeriod).toBe(0.5);
      const [db] = await inspect(color, "db");
      expect(db?.HostConfig.Memory).toBe(0);
    }
  });

  it("keeps a volume for itself unless it is shared", async () => {
    for (const path of ["/own/note", "/both/note"]) await textOf(`${addresses.blue}/write?path=${path}&text=blue`);
    expect(await textOf(`${addresses.green}/file?path=/both/note`)).toBe("blue");
    await expect(textOf(`${addresses.green}/file?path=/own/note`)).rejects.toThrow("answered 404");
    await expect(textOf(`${addresses.blue}/write?path=/fixed/note&text=no`)).rejects.toThrow(/500: .*read-only/);
  });

  it("hands volumes on to the next release", async () => {
    await textOf(`${addresses.green}/write?path=/own/note&text=green`);
    (await shop.up({ green: "1.1.1" })).orThrow();
    expect(await textOf(`${addresses.green}/file?path=/own/note`)).toBe("green");
    expect(await textOf(`${addresses.green}/file?path=/both/note`)).toBe("blue");
  });

  it("gets its secrets", async () => {
    const sha = createHash("sha256").update(token).digest("hex");
    for (const color of colors) expect(await textOf(`${addresses[color]}/secret-sha?name=TOKEN`)).toBe(sha);
    expect(await shop.environment("blue", "db")).not.toHaveProperty("TOKEN");
  });
});
