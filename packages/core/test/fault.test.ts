import { expect, test } from "vitest";
import { describeFaults } from "../src/fault.ts";

test("all faults are one message: problem, place and fix of each", () => {
  const faults = [
    { problem: 'activeColor is "gren"', at: "activeColor", fix: "pulumi config set activeColor green" },
    { problem: "the port is taken", at: "router.port", fix: "choose another" },
  ];
  expect(describeFaults("shop", faults)).toBe(
    [
      'BlueGreenApp "shop": 2 problems',
      '✖ activeColor is "gren"',
      "    at activeColor → pulumi config set activeColor green",
      "✖ the port is taken",
      "    at router.port → choose another",
    ].join("\n"),
  );
  expect(describeFaults("shop", faults.slice(1))).toContain(": 1 problem\n");
});
