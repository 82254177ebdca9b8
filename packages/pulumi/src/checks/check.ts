import type * as constructors from "./kinds.ts";

/**
 * A check of a color: one that must pass before the switch, or one of those by which it is watched after it. What can't
 * be told has not passed.
 */
export type Check = ReturnType<(typeof constructors)[keyof typeof constructors]>;
