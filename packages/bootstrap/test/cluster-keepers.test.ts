import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bootstrap, temporaryFolder } from "./fixture.ts";

const { addKeeper, keepers, removeKeeper } = await bootstrap("cluster-keepers");
const { demoOptions } = await bootstrap("demo-options");

describe("what keeps the cluster up", () => {
  test("is a path for as long as it exists, and until it is taken back", async () => {
    const folder = await temporaryFolder();
    const places = { kept: join(folder, "kept") };
    const [state, checkout] = [join(folder, "demo.json"), folder];
    await writeFile(state, "");
    for (const path of [state, checkout, state]) addKeeper(places, path);
    expect(keepers(places)).toEqual([checkout, state]);
    await rm(state);
    expect(keepers(places)).toEqual([checkout]);
    removeKeeper(places, checkout);
    expect(keepers(places)).toEqual([]);
  });
});

test("the demo runs on Docker unless it is told otherwise, on each platform with a stack of its own", () => {
  expect(demoOptions(["--rate", "100"])).toEqual({ stack: "demo", onCluster: false, keep: false });
  expect(demoOptions(["--platform=docker", "--keep"])).toEqual({ stack: "demo", onCluster: false, keep: true });
  for (const args of [["--platform=kubernetes"], ["--platform", "kubernetes"]]) {
    expect(demoOptions(args)).toEqual({ stack: "demo-kubernetes", onCluster: true, keep: false });
  }
});
