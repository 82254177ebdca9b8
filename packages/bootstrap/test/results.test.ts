import { describe, expect, test } from "vitest";
import { bootstrap } from "./fixture.ts";

const { countResults, lastLine } = await bootstrap("results");
const file = (name: string, status: string, tests: string[], message = "") => ({
  name,
  status,
  message,
  tests: tests.map((state, index) => ({ status: state, fullName: `test ${index}`, message: "it broke\n at x" })),
});

describe("the last line of npm test", () => {
  test("counts passed, failed and skipped tests", () => {
    const files = [file("a", "failed", ["passed", "failed", "skipped"]), file("b", "passed", ["passed"])];
    const counts = countResults(files, 1);
    expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1, failures: ["a: test 1: it broke"] });
    expect(lastLine(counts)).toBe("2 passed, 1 failed");
  });

  test("counts a file whose import throws as failed", () => {
    const files = [file("a", "passed", ["passed"]), file("b", "failed", [], "Cannot find module x\n at y")];
    expect(countResults(files, 1)).toMatchObject({ passed: 1, failed: 1, failures: ["b: Cannot find module x"] });
  });

  test("counts a file whose afterAll throws as failed though each test passed", () => {
    expect(countResults([file("a", "failed", ["passed"])], 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test("is a failure when nothing ran, and when the exit code says so", () => {
    expect(countResults([], 0)).toMatchObject({ passed: 0, failed: 1 });
    expect(countResults([file("a", "passed", ["passed"])], 137)).toMatchObject({
      passed: 1,
      failed: 1,
      failures: ["vitest ended with 137 after 1 passed tests"],
    });
  });
});
