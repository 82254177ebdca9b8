import { Readable } from "node:stream";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readWhole, Tail } from "../src/io/bounds.ts";

test("the end of what was printed is kept, whatever pieces it comes in", async () => {
  await fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 })),
      fc.integer({ min: 1, max: 60 }),
      (pieces, limit) => {
        const tail = new Tail(limit);
        for (const piece of pieces) tail.add(Buffer.from(piece));
        expect(tail.toString()).toBe(pieces.join("").slice(-limit));
      },
    ),
  );
});

test("a stream that is longer than it may be is ended, and refused with the bound", async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given++;
      this.push(Buffer.alloc(1_024));
    },
  });
  await expect(readWhole(endless, 4_096)).rejects.toThrow("the answer is longer than 4 KiB");
  expect(endless.destroyed).toBe(true);
  expect(given).toBeLessThan(200);
  expect((await readWhole(Readable.from([Buffer.from("ab"), Buffer.from("c")]), 3)).toString()).toBe("abc");
});
