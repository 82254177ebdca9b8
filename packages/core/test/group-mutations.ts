import { type Rules, rules } from "./model-rules.ts";

/** Bugs in how several routers switch as one, by the invariant that each one breaks. */
type Mutations = Readonly<Record<string, () => Partial<Rules>>>;

export const groupsOfInvariant1: Mutations = {
  "a write that one of several routers refuses is not taken back from the others": () => ({
    nextWrite: (state, event) =>
      event === "written" || state.at === "ended" ? rules.nextWrite(state, event) : { at: "ended", result: event },
  }),
  "what the first of several routers shows is taken for all of them": () => ({
    combine: (parts) => {
      const { reaches: _, ...seen } = rules.combine(parts);
      return { ...seen, current: rules.combine(parts.slice(0, 1)).current };
    },
  }),
  "only the first of several routers is looked at": () => ({ combine: (parts) => rules.combine(parts.slice(0, 1)) }),
  "someone else at one of several routers is not noticed": () => ({
    combine: (parts) =>
      rules.combine(parts.map((part) => ({ ...part, observation: { ...part.observation, intact: true } }))),
  }),
};

export const groupsOfInvariant4: Mutations = {
  "the first of several routers goes back first": () => ({
    beginWrite: (all, record) => {
      const state = rules.beginWrite(all, record);
      return state.at === "writing" ? { ...state, left: state.left.toSorted() } : state;
    },
  }),
  "a revert that was cut off between two routers is forgotten": () => ({
    combine: (parts) => {
      const seen = rules.combine(parts);
      return seen.reaches && seen.record ? { ...seen, record: { ...seen.record, latches: [] } } : seen;
    },
  }),
};

export const groupsOfInvariant6: Mutations = {
  "what one of several routers still leads to is not guarded": () => ({
    decide: (before, wish, sight, same) => {
      if (sight.kind !== "seen") return rules.decide(before, wish, sight, same);
      const { reaches: _, ...observation } = sight.observation;
      return rules.decide(before, wish, { ...sight, observation }, same);
    },
  }),
};
