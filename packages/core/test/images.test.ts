import { expect, test } from "vitest";
import { strangeImages } from "../src/images.ts";

const of = (letter: string) => `registry/shop@sha256:${letter.repeat(64)}`;

test("an image that is not among those verified is named", () => {
  const verified = { web: [of("a")] };
  expect(strangeImages(verified, { web: [of("a")] })).toEqual([]);
  expect(strangeImages(verified, { web: [of("a"), of("b")] })).toEqual([
    `web runs the image sha256:${"b".repeat(64)}, and sha256:${"a".repeat(64)} was verified: its tag was moved`,
  ]);
});

test("what can't be compared is no other image", () => {
  expect(strangeImages({ web: [of("a")] }, { web: [`sha256:${"b".repeat(64)}`] })).toEqual([]);
  expect(strangeImages({ web: [`sha256:${"a".repeat(64)}`] }, { web: [of("b")] })).toEqual([]);
  expect(strangeImages({}, { web: [of("b")] })).toEqual([]);
});
