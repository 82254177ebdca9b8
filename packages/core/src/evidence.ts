import type { Color } from "./color.ts";

/** What one gate proved, and about what exactly. Only `passed: true` opens the way; everything else is a failed gate. */
export interface Evidence {
  /** The gate's name in the app, such as `http-1`. */
  readonly gate: string;
  readonly attempt: number;
  readonly color: Color;
  readonly release: string;
  /** Identities (container or pod ids) of the backends that were checked. */
  readonly subjects: readonly string[];
  readonly passed: boolean;
  /** One line for a person: what was measured. */
  readonly detail: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface Demand {
  readonly gates: readonly string[];
  readonly attempt: number;
  readonly color: Color;
  readonly release: string;
  /** Identities of the candidate's backends that are about to go live. */
  readonly subjects: readonly string[];
}

/** Reads evidence that a gate printed; anything unreadable is no evidence. */
export function parseEvidence(text: string): Evidence | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const evidence = value as Evidence;
    return typeof evidence.gate === "string" && Array.isArray(evidence.subjects) ? evidence : null;
  } catch {
    return null;
  }
}

/** Why the candidate may not go live yet: one line a demanded gate whose evidence is missing or about something else. */
export function missingEvidence(demand: Demand, evidence: readonly Evidence[]): string[] {
  if (demand.gates.length === 0) return ["no gate is declared"];
  if (demand.subjects.length === 0) return [`${demand.color} has no backend`];
  return demand.gates.flatMap((gate) => {
    const found = evidence.find((one) => one.gate === gate);
    const problem = found ? mismatch(demand, found) : "it did not run";
    return problem ? [`gate ${gate}: ${problem}`] : [];
  });
}

function mismatch(demand: Demand, found: Evidence): string | null {
  if (found.passed !== true) return `it failed: ${found.detail}`;
  if (found.attempt !== demand.attempt) return `its evidence is of attempt ${found.attempt}, not ${demand.attempt}`;
  if (found.color !== demand.color) return `its evidence is about ${found.color}, not ${demand.color}`;
  if (found.release !== demand.release) return `its evidence is about release ${found.release}, not ${demand.release}`;
  const unseen = demand.subjects.filter((subject) => !found.subjects.includes(subject));
  return unseen.length === 0 ? null : `it did not see ${unseen.map((id) => id.slice(0, 12)).join(", ")}`;
}
