import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, stepsOf, textOf } from "./support/shop.ts";

const fromConfig = "from-config-K9x2Lq";
const fromOutput = "from-output-7RtYp1";
const fromFile = { blue: "from-file-blue-4HhQ", green: "from-file-green-9WzA" };
const all = [fromConfig, fromOutput, fromFile.blue, fromFile.green];

const sha = (text: string) => createHash("sha256").update(text).digest("hex");

describe("secrets", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({
      services: { web: { envFiles: [".env.{color}"] } },
      secretValues: { TOKEN: fromOutput },
      secrets: ["apiKey"],
      // The gate's command must not get to see them either.
      gates: [{ run: "env; ps -ef" }],
    });
    await shop.setSecret("apiKey", fromConfig);
    await shop.project.write(".env.blue", `FILED=${fromFile.blue}\n`);
  });
  afterAll(() => shop?.close());

  /** Everything that Pulumi has written down: the state, its backups and its history. */
  async function written(): Promise<string> {
    const state = join(shop.project.dir, ".state");
    const files = await readdir(state, { recursive: true, withFileTypes: true });
    const texts = files
      .filter((file) => file.isFile())
      .map((file) => readFile(join(file.parentPath, file.name), "utf8"));
    return (await Promise.all(texts)).join("\n");
  }

  function expectNoSecret(text: string): void {
    for (const secret of all) expect(text.includes(secret), secret).toBe(false);
  }

  it("from a file that is not there are a fault that names the file", async () => {
    const preview = await shop.preview({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toMatch(/green web needs .*\.env\.green, and there is no such file/);
    expect(preview.output).toContain("at services.web.envFiles → create it");
    expectNoSecret(preview.output);
  });

  it("reach the containers, and nothing that is shown or written down", async () => {
    await shop.project.write(".env.green", `FILED=${fromFile.green}\n`);
    const up = (await shop.up()).orThrow();
    expect(await textOf(`${shop.url}/secret-sha?name=TOKEN`)).toBe(sha(fromOutput));
    expect(await textOf(`${shop.url}/secret-sha?name=apiKey`)).toBe(sha(fromConfig));
    expect(await textOf(`${shop.url}/secret-sha?name=FILED`)).toBe(sha(fromFile.blue));
    const green = await (await shop.world()).colorUrl("green");
    expect(await textOf(`${green}/secret-sha?name=FILED`)).toBe(sha(fromFile.green));
    expectNoSecret(up.output);
    expectNoSecret(await written());
    expect(await written()).toContain("shop-blue-web");
  });

  it("that the program drops stay with the live release, and stay secret", async () => {
    const blue = await shop.backendIds("blue");
    await shop.edit({ secretValues: {}, secrets: [], services: {} });
    expect(stepsOf(await shop.previewSteps(), "blue")).toEqual([]);
    expectNoSecret((await shop.preview()).output);
    const up = (await shop.up()).orThrow();
    expectNoSecret(up.output);
    expect(await shop.backendIds("blue")).toEqual(blue);
    expect(await textOf(`${shop.url}/secret-sha?name=TOKEN`)).toBe(sha(fromOutput));
    expectNoSecret(JSON.stringify(await shop.stack.export()));
    expectNoSecret(await written());
  });

  it("that were dropped are gone with the color's next version, and never were in clear", async () => {
    const preview = await shop.preview({ activeColor: "green", green: "1.2.0" });
    expectNoSecret(preview.orThrow().output);
    const up = (await shop.up()).orThrow();
    expectNoSecret(up.output);
    expect(await shop.environment("green")).not.toHaveProperty("TOKEN");
    expectNoSecret(await written());
  });
});
