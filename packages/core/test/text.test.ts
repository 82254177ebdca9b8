import { expect, test } from "vitest";
import { nearest, oneLine, visible } from "../src/text.ts";

test("a text for a message is one line, short, and cut between characters", () => {
  expect(oneLine("plain", 10)).toBe("plain");
  expect(oneLine("a\nb\u001b[31m\u202ec\u2028", 20)).toBe("a�b�[31m�c�");
  expect(oneLine("😀".repeat(11), 10)).toBe(`${"😀".repeat(9)}…`);
  expect(oneLine("\ud83d", 10)).toBe("�");
  expect(oneLine("x".repeat(1_000_000), 10)).toBe("xxxxxxxxx…");
});

test("what a terminal would obey is written out, lines stay lines", () => {
  expect(visible("grün\tok\r\nnext\n")).toBe("grün\tok\nnext\n");
  expect(visible("a\u001b[31mb\u0007\u009bc\u202ed\rx")).toBe("a\\x1b[31mb\\x07\\x9bc\\u202ed\\x0dx");
});

test.each([
  ["prot", "port"],
  ["por", "port"],
  ["portt", "port"],
  ["PORT", "port"],
  ["replica", "replicas"],
  ["enviroment", null],
  ["colour", null],
  ["", null],
])("what was meant by %j is %j", (given, meant) => {
  expect(nearest(given, ["port", "replicas", "env", "ready"])).toBe(meant);
});
