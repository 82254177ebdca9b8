import { type Color, type PerColor, perColor } from "@bluegreen/core";

/**
 * Which colors no run may change: those whose sealed release is kept as it was recorded. An interlock that does not change
 * says what it said in an earlier run, so that nothing to do is nothing shown, and by then the color that was wished has
 * become live.
 */
export interface Frozen {
  /** In the run that the interlock was changed by. */
  readonly now: PerColor<boolean>;
  /** In those that leave it as it is. */
  readonly later: PerColor<boolean>;
}

/** A color of which nothing is left (`again`) is made anew in this run, and frozen again afterwards. */
export function frozenBy(kept: PerColor<boolean>, activeColor: Color, again: PerColor<boolean>): Frozen {
  return {
    now: perColor((color) => kept[color] && !again[color]),
    later: perColor((color) => kept[color] || color === activeColor),
  };
}

/** What is frozen in this run of the program, by what the interlock says and in which run it was changed last. */
export function frozenIn(run: string, said: { readonly run: string; readonly frozen: Frozen }): PerColor<boolean> {
  return said.run === run ? said.frozen.now : said.frozen.later;
}
