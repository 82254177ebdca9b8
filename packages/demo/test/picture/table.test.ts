import { describe, expect, it } from "vitest";
import { answeredBy, milliseconds } from "../../src/picture/act.ts";
import { actsTable } from "../../src/picture/table.ts";
import { act } from "./inputs.ts";

describe("the table of acts", () => {
  it("has a line an act, its columns in line", () => {
    const switched = { blue: 400, green: 600, none: 0 };
    const acts = [
      act({ name: "first deployment", note: "blue answers" }),
      act({ name: "switch", sent: 12_345, byColor: switched, switchMs: 6.84, state: "green", router: "green" }),
      act({ name: "broken", failed: 21, exit: 255, note: "reverted" }),
    ];
    const lines = actsTable(acts).split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^# +act +requests +failed +answered by +switch +state +router +exit +outcome$/);
    expect(lines[3]).toMatch(/^2 +switch +12,345 +0 +blue 40% green 60% +6\.8 ms +green +green +0$/);
    expect(lines[4]).toMatch(/^3 +broken +1,000 +21 +blue +– +blue +blue +255 +reverted$/);
    const state = lines[0]!.indexOf("state");
    expect(lines.slice(2, 5).map((line) => line.slice(state).split(" ")[0])).toEqual(["blue", "green", "blue"]);
  });

  it("keeps line breaks and escape codes out of its cells", () => {
    const lines = actsTable([act({ note: "one\ntwo\u001b[31m" })]).split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/one two \[31m$/);
  });

  it("rounds neither a few answers away nor most up to all", () => {
    expect(answeredBy({ blue: 9999, green: 1, none: 0 })).toBe("blue >99% green <1%");
    expect(answeredBy({ blue: 0, green: 7, none: 0 })).toBe("green");
    expect(answeredBy({ blue: 5, green: 0, none: 5 })).toBe("blue 50% nobody 50%");
    expect(answeredBy({ blue: 0, green: 0, none: 0 })).toBe("–");
    expect([undefined, 0.42, 6.84, 120.4, 1840].map(milliseconds)).toEqual([
      "–",
      "0.4 ms",
      "6.8 ms",
      "120 ms",
      "1.8 s",
    ]);
  });
});
