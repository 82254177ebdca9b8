import { expect, test } from "vitest";
import { mebibytes } from "../src/size.ts";

test.each([
  ["512MB", 512],
  ["1GB", 1_024],
  ["1.5GB", 1_536],
  ["100KB", 1],
])("%s is %d MiB", (text, size) => {
  expect(mebibytes(text)).toBe(size);
});

test.each(["", "512", "512mb", "1TB", "-1MB", "1 GB", "MB"])("%j is refused by name", (text) => {
  expect(() => mebibytes(text)).toThrow(`"${text}" is not a size`);
});
