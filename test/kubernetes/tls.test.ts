import { request } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { quickGate, Shop } from "../support/shop.ts";

describe("a service that speaks TLS itself, behind a Service", () => {
  let shop: Shop;
  beforeAll(async () => {
    const ready = { path: "/health/ready", scheme: "https" };
    const web = { port: 8443, ready, env: { TLS_PORT: "8443" } };
    const told = { run: 'echo "$BLUEGREEN_URL" | grep -q "^https://127"' };
    const lasts = { kind: "certificate", validFor: "1h" };
    shop = await Shop.open({ services: { web }, gates: [quickGate, told, lasts] }, { via: "proxy" });
    await shop.deployBoth();
  });
  afterAll(() => shop?.close());

  it.each(["green", "blue"])("has its gates and its verification asked over TLS on the way to %s", async (color) => {
    (await shop.up({ activeColor: color })).orThrow();
    expect(await answeredBy(shop.url.replace(/^http:/, "https:"))).toBe(color);
    const { url, candidateUrl } = await shop.stack.outputs();
    expect([url, candidateUrl]).toEqual([expect.stringMatching(/^https:/), expect.stringMatching(/^https:/)]);
  });

  it("and is refused where it does not speak it", async () => {
    await shop.edit({ services: { web: { port: 8080, ready: { path: "/health/ready", scheme: "https" } } } });
    const up = await shop.up({ green: "1.2.0", activeColor: "green" });
    expect(up.exit).not.toBe(0);
    expect(await answeredBy(shop.url.replace(/^http:/, "https:"))).toBe("blue");
  });
});

/** The color that answers one request over TLS, with whatever certificate. */
function answeredBy(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { rejectUnauthorized: false, agent: false }, async (answer) => {
      const body = await answer.toArray();
      resolve(JSON.parse(body.join("")).color);
    });
    sent.on("error", reject).end();
  });
}
