import { expect, test } from "vitest";
import { describeFaults, type Fault } from "../src/fault.ts";

test("all faults are one message: problem, place and fix of each, and no code", () => {
  const faults: Fault[] = [
    {
      code: "invalid-setting",
      problem: 'activeColor is "gren"',
      at: "activeColor",
      fix: "pulumi config set activeColor green",
    },
    { code: "port-taken", problem: "the port is taken", at: "router.port", fix: "choose another" },
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

test("a message stays readable, whatever the app is called and however much is wrong", () => {
  const faults = Array.from({ length: 5_000 }, (): Fault => ({ code: "moved", problem: "p", at: "a", fix: "f" }));
  const message = describeFaults("a\n\u001b[31m".repeat(100), faults);
  expect(message.split("\n")).toHaveLength(1 + 2 * 50 + 1);
  expect(message).toMatch(/": 5000 problems\n/);
  expect(message).toMatch(/\n… and 4950 more$/);
});
