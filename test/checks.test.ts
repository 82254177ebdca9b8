import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

const token = "hunter2-of-the-checks";

/** Each kind that both platforms have, on a color that is well. */
const good = [
  { kind: "http", path: "/", contains: '"version"', matches: '"release":"1', headers: { "x-app-version": "1.1.0" } },
  { kind: "tcp" },
  { kind: "grpc", grpcService: "shop" },
  { kind: "command", run: 'test -n "$BLUEGREEN_URL"', timeout: "30s" },
  { kind: "exec", command: ["cat", "/proc/uptime"], matches: "^[0-9.]+ " },
  { kind: "logs", matches: "listens on", never: "crashes" },
  { kind: "restarts", since: "1h" },
  { kind: "cpu", below: "300%" },
  { kind: "memory", below: "500MB" },
];

/** The same kinds, each of which refuses that color, and in which words. */
const bad = [
  [
    { kind: "http", path: "/", contains: "sold out", within: "0s" },
    /http-1 of green .* with a body that does not contain "sold out"/,
  ],
  [{ kind: "tcp", port: 9, within: "0s" }, /tcp-1 of green .* takes no connection/],
  [{ kind: "grpc", grpcService: "orders", within: "0s" }, /grpc-1 of green .* orders is not known to it/],
  [{ kind: "command", run: "exit 3" }, /command-1 of green .*: exit 3/],
  [{ kind: "exec", command: ["cat", "/nowhere"] }, /exec-1 of green .*: cat ended with 1/],
  [{ kind: "logs", never: "listens" }, /logs-1 of green .* printed \/listens\/ 1 times/],
  [{ kind: "cpu", below: "0%" }, /cpu-1 of green .* of one processor \(below 0%\)/],
  [{ kind: "memory", below: "1KB" }, /memory-1 of green .* MB \(below 1KB\)/],
] as const;

describe("checks of every kind", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ images: { blue: { web: "1.1.0" }, green: { web: "1.1.0" } } });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it("refuse a candidate as gates, each in its own words", async () => {
    // One by one: a gate that fails ends the others.
    for (const [gate, words] of bad) {
      await shop.edit({ gates: [gate] });
      const up = await shop.up({ activeColor: "green" });
      expect(up.exit).not.toBe(0);
      expect(up.output).toMatch(words);
    }
    expect(await shop.ask()).toMatchObject({ status: 200, color: "blue" });
  });

  it("let a good one go live, and watch it there, with a word now and then", async () => {
    await shop.edit({
      gates: good,
      verification: { checks: good, bake: "12s", interval: "1s" },
      checkEnv: { TOKEN: token },
    });
    const up = (await shop.up()).orThrow();
    expect(up.output).toMatch(/green 1\.1\.0 is live, baking/);
    expect(up.output).toMatch(/baking 1[\d.]* s of 12 s, \d+ checks passed, 0 of 1 failures/);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
    const { outputs } = await shop.stack.resource("shop-cutover");
    const printed = (outputs?.evidence ?? []) as string[];
    const evidence = printed.map((text) => JSON.parse(text));
    expect(evidence.map(({ gate }) => gate)).toEqual(good.map(({ kind }, index) => `${kind}-${index + 1}`));
    expect(evidence.every(({ passed }) => passed)).toBe(true);
    expect(JSON.stringify(await shop.stack.export())).not.toContain(token);
  });

  it("take a color back in the bake, and show what a command printed without its secrets", async () => {
    const checks = [
      { kind: "http", path: "/" },
      { kind: "command", run: 'echo "no luck with $TOKEN at $BLUEGREEN_URL"; exit 4' },
    ];
    await shop.edit({
      gates: [{ kind: "http", path: "/" }],
      verification: { checks, bake: "30s", interval: "1s" },
      checkEnv: { TOKEN: token },
    });
    const up = await shop.up({ activeColor: "blue" });
    expect(up.exit).not.toBe(0);
    expect(up.output).toMatch(/blue 1\.0\.0 failed after the switch: command-2: exit 4/);
    expect(up.output).toContain("no luck with [secret] at ");
    expect(up.output).not.toContain(token);
    expect(await shop.ask()).toMatchObject({ status: 200, color: "green" });
  });
});
