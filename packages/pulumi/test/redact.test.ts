import { expect, test } from "vitest";
import { redactionOf } from "../src/io/redact.ts";

const secret = "hünter2/prod+key";

test("a secret that begins with another one is hidden whole, in whatever order they are given", () => {
  for (const values of [
    ["hunter2", "hunter2-prod"],
    ["hunter2-prod", "hunter2"],
  ]) {
    expect(redactionOf(values)("a hunter2-prod, b hunter2, c hunter2-test")).toBe(
      "a [secret], b [secret], c [secret]-test",
    );
  }
});

test.each([
  ["as it is", secret],
  ["in JSON", JSON.stringify({ key: `x"\n${secret}` })],
  ["in a URL", encodeURIComponent(secret)],
  ["in base64", Buffer.from(secret).toString("base64")],
  ["in a URL's base64", Buffer.from(secret).toString("base64url")],
  ["in a login", Buffer.from(`ann:${secret}`).toString("base64")],
  ["in another login", Buffer.from(`anna:${secret}:x`).toString("base64")],
])("a secret is hidden %s", (_form, text) => {
  const shown = redactionOf([secret])(`before ${text} after`);
  expect(shown).toMatch(/^before .*\[secret\].* after$/);
  expect(Buffer.from(shown, "base64").toString()).not.toContain("nter2/prod");
});

test("one with quotes is hidden in JSON, one of several lines also on one line and line by line", () => {
  expect(redactionOf(['pass"word'])(JSON.stringify({ a: 'pass"word' }))).toBe('{"a":"[secret]"}');
  const key = "-----BEGIN-----\nabcdefghij\nklmnopqrst\n-----END-----\n";
  const redact = redactionOf([key]);
  expect(redact(key.replace(/\s+/g, " "))).not.toMatch(/abcdefghij|klmnopqrst/);
  expect(redact("key │ abcdefghij\nkey │ klmnopqrst")).toBe("key │ [secret]\nkey │ [secret]");
});

test("what is left of one where a text was cut is hidden, too", () => {
  const redact = redactionOf(["hunter2-of-production"]);
  expect(redact("of-production and hunter2-of")).toBe("[secret] and [secret]");
  expect(redact("hunter2-of-production")).toBe("[secret]");
});

test("an empty or tiny value hides nothing", () => {
  expect(redactionOf(["", "1", "on"])("1 of 3 went on")).toBe("1 of 3 went on");
});
