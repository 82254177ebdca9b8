import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { joinSiblings } from "../src/gates/siblings.ts";

const place = mkdtempSync(join(tmpdir(), "bluegreen-siblings-"));
afterAll(() => rmSync(place, { recursive: true }));

/** Whether it is told of a failure by the time that another gate, which certainly is, was told. */
async function told(siblings: { failed: Promise<string> }): Promise<string | null> {
  return Promise.race([siblings.failed, new Promise<null>((resolve) => setTimeout(resolve, 1_000, null))]);
}

describe("the gates of one attempt", () => {
  test("tell each other of the first failure, also the one that starts later", async () => {
    const root = join(place, "shared");
    const [one, two, other] = await Promise.all([
      joinSiblings("shop-a1", 2, root),
      joinSiblings("shop-a1", 2, root),
      joinSiblings("shop-a1", 3, root),
    ]);
    await one.fail("http-1");
    await two.fail("command-2");
    expect(await (await joinSiblings("shop-a1", 2, root)).failed).toBe("http-1");
    expect(await told(other)).toBeNull();
    expect(await told(one)).toBeNull();
  });

  test("believe no failure of a run that is long over", async () => {
    const root = join(place, "old");
    await (await joinSiblings("shop-a1", 2, root)).fail("http-1");
    const before = new Date(Date.now() - 3_600_000);
    utimesSync(join(root, "shop-a1-2", "failed"), before, before);
    expect(await told(await joinSiblings("shop-a1", 2, root))).toBeNull();
  });

  test.each<[string, (root: string) => void]>([
    [
      "others may write in",
      (root) => {
        mkdirSync(root);
        chmodSync(root, 0o777);
      },
    ],
    ["is a link", (root) => symlinkSync(place, root)],
    ["is a file", (root) => writeFileSync(root, "")],
  ])("tell nobody by a folder that %s", async (name, make) => {
    const root = join(place, name.replaceAll(" ", "-"));
    make(root);
    const [one, two] = await Promise.all([joinSiblings("shop-a1", 2, root), joinSiblings("shop-a1", 2, root)]);
    await one.fail("http-1");
    expect(await told(two)).toBeNull();
  });
});
