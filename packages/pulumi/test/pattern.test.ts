import { expect, test } from "vitest";
import { countLines, matches } from "../src/checks/parts/pattern.ts";

test("lines are counted one by one, a text is looked through whole", async () => {
  expect(await countLines("^b?$", "a\nb\n\nab")).toBe(2);
  expect(await countLines("x", "")).toBe(0);
  expect(await matches("^b$", "a\nb\nc")).toBe(true);
  expect(await matches("a\\nb", "a\nb")).toBe(true);
  expect(await matches("^$", "")).toBe(true);
  expect(await matches("^b$", "abc")).toBe(false);
});
