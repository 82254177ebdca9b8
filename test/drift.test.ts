import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop } from "./support/shop.ts";

const differ = "blue 1.0.0 and green 1.1.0 differ in more than their images";

describe("what the colors' releases differ in", () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ services: { web: { envFiles: [".env.{color}"], requiredEnv: ["DB_URL"] } } });
    await shop.project.write(".env.blue", "DB_URL=db-for-blue-5Jx\n");
    await shop.project.write(".env.green", "FEATURE=on-Qp8\n");
  });
  afterAll(() => shop?.close());

  const both = { activeColor: "blue", blue: "1.0.0", green: "1.1.0" };

  it("may not be a variable that the program requires", async () => {
    const preview = await shop.preview(both);
    expect(preview.exit).not.toBe(0);
    expect(preview.output).toContain("✖ green web needs DB_URL, and there is no DB_URL in .env.green");
    expect(preview.output).toContain("at services.web.requiredEnv → give it there");
  });

  it("is said by a preview before anything is there, by names and without a value", async () => {
    await shop.project.write(".env.green", "DB_URL=db-for-green-7Ty\nFEATURE=on-Qp8\n");
    const { output } = (await shop.preview()).orThrow();
    expect(output).toContain(`${differ}: services.web.secrets.DB_URL, services.web.secrets.FEATURE (green only)`);
    expect(output).toContain(".env.blue lacks FEATURE, which .env.green has");
    expect(output).not.toMatch(/5Jx|7Ty|Qp8/);
  });

  it("is an output, and said again by each preview, though not by up", async () => {
    const up = (await shop.up()).orThrow();
    expect(up.output).not.toContain("differ in more than");
    const drift = ["services.web.secrets.DB_URL", "services.web.secrets.FEATURE (green only)"];
    expect((await shop.stack.outputs()).drift).toEqual(drift);
    expect((await shop.preview()).output).toContain(differ);
    expect(await shop.previewSteps()).toEqual([]);
  });

  it("is what was recorded, not what the program says since", async () => {
    const preview = await shop.preview({ activeColor: "green" });
    expect(preview.orThrow().output).toContain(differ);
    // Blue is live: this edit waits for its next version.
    await shop.project.write(".env.blue", "DB_URL=db-for-green-7Ty\nFEATURE=on-Qp8\n");
    expect((await shop.preview()).output).toContain(differ);
  });

  it("is nothing where only versions and images differ", async () => {
    (await shop.up({ activeColor: "green" })).orThrow();
    await shop.edit({ images: { blue: { web: "1.2.0" }, green: { web: "1.1.0" } } });
    const next = (await shop.preview({ blue: "1.2.0" })).orThrow();
    expect(next.output).not.toContain("differ in more than");
    (await shop.up()).orThrow();
    expect((await shop.stack.outputs()).drift).toEqual([]);
  });
});
