import { describe, expect, it } from "vitest";
import { rowsOn, sentence } from "../src/rows.ts";
import { steps } from "../src/steps.ts";

for (const platform of ["docker", "kubernetes"] as const) {
  describe(`the table of faults on ${platform}`, () => {
    it("has more than 25 rows, and none twice", () => {
      const sentences = rowsOn(platform).map(sentence);
      expect(sentences.length).toBeGreaterThan(25);
      expect(new Set(sentences).size).toBe(sentences.length);
    });

    it("strikes at every step", () => {
      // On Docker all routers of an app are written at once.
      const inGroups = platform === "docker" ? ["between", "betweenReverts"] : [];
      const all = Object.keys(steps).filter((step) => !inGroups.includes(step));
      expect(new Set(rowsOn(platform).map(({ step }) => step))).toEqual(new Set(all));
    });
  });
}
