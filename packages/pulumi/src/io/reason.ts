import { visible } from "@bluegreen/core";

/** An error's text on one line, with nothing in it that a terminal would obey. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return visible(text.replace(/\s+/g, " ").trim());
}
