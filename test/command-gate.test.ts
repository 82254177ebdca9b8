import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning } from "@bluegreen/testkit/processes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

/** Seconds that a gate's leftovers would sleep: long enough to be found by, and nobody else's. */
const nap = "98765";

describe("a command gate", () => {
  let shop: Shop;
  let found: string;
  beforeAll(async () => {
    shop = await Shop.open();
    found = join(shop.project.dir, "found");
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  /** Wishes green behind this gate. */
  async function upWith(gate: { run: string; timeout?: string; secretEnv?: Record<string, string> }) {
    await shop.edit({ gates: [gate] });
    return shop.up({ activeColor: "green" });
  }

  it("is killed at its deadline with all that it started", async () => {
    const started = `(sleep ${nap} & echo $! >> ${found}; sleep ${nap}) & echo $! >> ${found}; sleep ${nap}`;
    const up = await upWith({ run: started, timeout: "1s" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/gate command-1 of green 1\.1\.0 failed: did not end within 1s and was killed/);
    const pids = (await readFile(found, "utf8")).trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expect.poll(() => isRunning(pid), { timeout: 5_000 }).toBe(false);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("shows the end of its output when it fails, without the secrets it was given", async () => {
    const token = "hunter2-of-the-gate";
    const up = await upWith({
      run: 'echo "asked with $TOKEN"; echo "no luck with $TOKEN" >&2; test -n "$TOKEN" && exit 3',
      secretEnv: { TOKEN: token },
    });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/gate command-1 of green 1\.1\.0 failed: exit 3/);
    expect(up.output).toContain("asked with [secret]");
    expect(up.output).toContain("no luck with [secret]");
    expect(up.output).not.toContain(token);
    expect(JSON.stringify(await shop.stack.export())).not.toContain(token);
    expect(await shop.recordedColor()).toBe("blue");
  });

  it("may print lines of any length, and a secret that its output is cut in is not shown", async () => {
    const token = `begin-${"0123456789".repeat(20)}-end`;
    const line = (bytes: number) => `head -c ${bytes} /dev/zero | tr '\\0' x`;
    // The last 64 KiB are kept, so the cut is in the middle of the secret.
    const cut = `printf %s "$TOKEN"; ${line(64 * 1024 - 120)}`;
    const up = await upWith({
      run: `${line(300_000)}; ${cut}; echo; echo the end; exit 1`,
      secretEnv: { TOKEN: token },
    });
    expect(up.timedOut).toBe(false);
    expect(up.exit).toBeGreaterThan(0);
    expect(up.output).toContain("gate command-1 of green 1.1.0 failed: exit 1");
    expect(up.output).toContain("the end");
    expect(up.output).toContain("xxxxxxxx");
    expect(up.output).not.toContain("0123456789");
  });

  it("reaches the candidate, and lets it go live when it exits 0, whatever it prints", async () => {
    const ask = `fetch(process.env.BLUEGREEN_CANDIDATE_URL).then(async (it) => console.log(await it.text()))`;
    const words = "echo $BLUEGREEN_COLOR $BLUEGREEN_RELEASE";
    const up = await upWith({
      run: `head -c 300000 /dev/zero | tr '\\0' x; node -e '${ask}' > ${found} && ${words} >> ${found}`,
    });
    up.orThrow();
    const [answer = "", said] = (await readFile(found, "utf8")).trim().split("\n").filter(Boolean);
    expect(JSON.parse(answer)).toMatchObject({ color: "green", version: "1.1.0" });
    expect(said).toBe("green 1.1.0");
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });
});
