import { shownAttempt } from "../src/claim.ts";
import { type Rules, rules } from "./model-rules.ts";

/** Bugs in what becomes of a killed attempt when releases have changed since, by the invariant that each one breaks. */
type Mutations = Readonly<Record<string, () => Partial<Rules>>>;

const bothSealed = { blue: true, green: true } as const;

export const killedOfInvariant2: Mutations = {
  "a killed attempt is undone to whatever release its color has now": () => ({
    decide: (before, wish, sight, same) => {
      const decision = rules.decide(before, wish, sight, same);
      const own = sight.kind === "seen" ? shownAttempt(sight.observation, sight.unfinished) : null;
      if (!before || own?.from !== wish.activeColor) return decision;
      const { attempt, candidate } = before;
      return { ...decision, memory: { ...decision.memory, attempt, candidate } };
    },
    claim: (wish, _sealed, seen, unfinished) => rules.claim(wish, true, seen, unfinished),
    next: (plan, state, event) => rules.next({ ...plan, sealed: bothSealed }, state, event),
  }),
  "a killed attempt is reverted to whatever release is there now": () => ({
    next: (plan, state, event) =>
      rules.next({ ...plan, sealed: { ...bothSealed, [plan.wish]: plan.sealed[plan.wish] } }, state, event),
  }),
};

export const killedOfInvariant4: Mutations = {
  "a lease says nothing of the killed attempt that it found": () => ({
    claim: (...all) => {
      const { standing: _, ...said } = rules.claim(...all);
      return said;
    },
  }),
};
