import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Shop } from "../support/shop.ts";

/** What of a kubeconfig must not be read by others. */
async function credentials(): Promise<string[]> {
  const text = await readFile(process.env.BLUEGREEN_KUBECONFIG ?? "", "utf8");
  const found = [...text.matchAll(/(?:client-key-data|token|password)"?:\s*"?([^"\s,}]{12,})/g)];
  return found.map(([, value]) => value ?? "");
}

async function written(shop: Shop): Promise<string> {
  const files = await readdir(join(shop.project.dir, ".state"), { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

describe("a kubeconfig", () => {
  it.each([
    ["that the program gives", { kubeconfig: "given" }],
    [
      "of a provider, which another resource of the program makes, unknown in the first preview",
      { provider: "kubernetes" },
    ],
  ] as const)("%s is all that is needed, and secret", async (_what, edits) => {
    const secrets = await credentials();
    expect(secrets).not.toEqual([]);
    const shop = await Shop.open(edits, { ambient: false });
    const outputs: string[] = [];
    try {
      const preview = await shop.preview({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" });
      outputs.push(preview.orThrow().output);
      outputs.push((await shop.up()).orThrow().output);
      expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
      outputs.push((await shop.preview({ activeColor: "green" })).orThrow().output);
      outputs.push((await shop.up()).orThrow().output);
      expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
      expect(await shop.recordedColor()).toBe("green");
      const everything = [...outputs, await written(shop), ...Object.values(await (await shop.world()).visible())];
      for (const secret of secrets) {
        for (const form of [secret, Buffer.from(secret).toString("base64")]) {
          expect(
            everything.some((text) => text.includes(form)),
            "a credential is shown or written",
          ).toBe(false);
        }
      }
      // It is there, encrypted: the test looks in the right place.
      expect(JSON.stringify(await shop.stack.export({ showSecrets: true }))).toContain(secrets[0]);
    } finally {
      await shop.close();
    }
  });
});
