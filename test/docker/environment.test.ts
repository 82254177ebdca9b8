import { docker } from "@bluegreen/testkit/docker/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, textOf } from "../support/shop.ts";

const colors = ["blue", "green"] as const;

describe("a color's containers, networks and volumes", () => {
  let shop: Shop;
  let addresses: Record<string, string>;
  beforeAll(async () => {
    shop = await Shop.open({
      images: { blue: { web: "1.0.0", db: "1.0.0" }, green: { web: "1.1.0", db: "1.1.0" } },
      services: {
        web: {
          volumes: { "/own": {}, "/both": { shared: true }, "/fixed": { readOnly: true } },
          resources: { memory: "64MB", cpus: 0.5 },
        },
        db: { port: 8080 },
      },
    });
    await shop.deployBoth();
    addresses = { blue: shop.url, green: String((await shop.stack.outputs()).candidateUrl) };
  });
  afterAll(() => shop?.close());

  const inspect = async (color: string, service: string) => {
    const found = (await shop.backends(color)).filter((one) => one.service === service);
    return Promise.all(found.map((one) => docker.getContainer(one.id).inspect()));
  };

  it("answer at the host's ports: the live color at the live one, the idle one at the candidate's", async () => {
    expect(JSON.parse(await textOf(`${addresses.green}/`))).toMatchObject({ color: "green" });
    (await shop.up({ activeColor: "green" })).orThrow();
    const { url, candidateUrl } = await shop.stack.outputs();
    expect(url).toBe(shop.url);
    expect(JSON.parse(await textOf(`${candidateUrl}/`))).toMatchObject({ color: "blue" });
    (await shop.up({ activeColor: "blue" })).orThrow();
  });

  it("have no way to the other color", async () => {
    const [other] = await inspect("green", "db");
    const networks = Object.values(other?.NetworkSettings.Networks ?? {});
    expect(networks).toHaveLength(1);
    const peer = `/peer?url=http://${networks[0]?.IPAddress}:8080/`;
    expect(JSON.parse(await textOf(addresses.green + peer))).toMatchObject({ color: "green" });
    await expect(textOf(addresses.blue + peer)).rejects.toThrow("502");
  });

  it("have limits of memory and CPU where they were given, and there only", async () => {
    for (const color of colors) {
      const [web] = await inspect(color, "web");
      expect(web?.HostConfig).toMatchObject({ Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 });
      const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 } = web?.HostConfig ?? {};
      expect(NanoCpus > 0 ? NanoCpus / 1e9 : CpuQuota / CpuPeriod).toBe(0.5);
      const [db] = await inspect(color, "db");
      expect(db?.HostConfig.Memory).toBe(0);
    }
  });

  it("keep a volume for themselves unless it is shared", async () => {
    for (const path of ["/own/note", "/both/note"]) await textOf(`${addresses.blue}/write?path=${path}&text=blue`);
    expect(await textOf(`${addresses.green}/file?path=/both/note`)).toBe("blue");
    await expect(textOf(`${addresses.green}/file?path=/own/note`)).rejects.toThrow("answered 404");
    await expect(textOf(`${addresses.blue}/write?path=/fixed/note&text=no`)).rejects.toThrow(/500: .*read-only/);
  });

  it("hand volumes on to the next release", async () => {
    await textOf(`${addresses.green}/write?path=/own/note&text=green`);
    (await shop.up({ green: "1.1.1" })).orThrow();
    expect(await textOf(`${addresses.green}/file?path=/own/note`)).toBe("green");
    expect(await textOf(`${addresses.green}/file?path=/both/note`)).toBe("blue");
  });

  it("are gone after `destroy`, all of them", async () => {
    const world = await shop.world();
    const kinds = (await world.inventory()).map((one) => one.split("/")[0]);
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    expect([count("containers"), count("networks"), count("volumes")]).toEqual([5, 2, 7]);
    (await shop.stack.destroy()).orThrow();
    expect(await world.inventory()).toEqual([]);
  });
});
