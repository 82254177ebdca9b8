import { type Afterwards, play } from "@bluegreen/faults/play";
import { rowsOn, sentence } from "@bluegreen/faults/rows";
import { Stage } from "@bluegreen/faults/stage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bed } from "./support/bed.ts";

/** The sharpest rows of `npm run faults`, each with one of its ends: of an app with one router. */
const plays = rowsOn(bed.platform).flatMap((row) => (row.sharp ? [{ row, afterwards: row.sharp }] : []));

const ends: Record<Afterwards, string> = {
  kept: "the same `up` again brings state and traffic together",
  reverted: "the config set back brings state and traffic together",
};

describe("a cutover under traffic", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(bed.platform, "router");
  });
  afterAll(() => stage?.close());

  for (const { row, afterwards } of plays) {
    it(`in which ${sentence(row)}: ${ends[afterwards]}`, async () => {
      const { broken, struck, next } = await play(stage, row, afterwards);
      expect(broken, `${struck.output}\n${next.output}`).toEqual([]);
    });
  }
});
