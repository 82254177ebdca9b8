import type { FaultCode } from "./fault-codes.ts";
import { oneLine, visible } from "./text.ts";

/** One thing that is wrong, for the person who has to mend it. */
export interface Fault {
  /** Which kind of trouble it is, for programs; no message shows it. */
  readonly code: FaultCode;
  /** What is wrong, with the actual value. */
  readonly problem: string;
  /** Where: the setting's path (`services.web.port`), or what was looked at. */
  readonly at: string;
  /** What to do about it; a command where there is one. */
  readonly fix: string;
}

/** A rule that the wish breaks: a fault, unless the user has said that this may be. */
export interface Breach {
  readonly fault: Fault;
  /** Which of the user's words allows it, for the journal; `null` where none does. */
  readonly override: string | null;
}

/** More than anybody reads at once. */
const shownFaults = 50;

/** All faults of one app as one message, a line of problem and a line of place and fix each. */
export function describeFaults(app: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 problem" : `${faults.length} problems`;
  const lines = faults.slice(0, shownFaults).map((fault) => `✖ ${describeFault(fault)}`);
  if (faults.length > shownFaults) lines.push(`… and ${faults.length - shownFaults} more`);
  return [`BlueGreenApp "${oneLine(String(app), 60)}": ${count}`, ...lines].join("\n");
}

/** One fault on two lines. */
export function describeFault(fault: Fault): string {
  return visible(`${fault.problem}\n    at ${fault.at} → ${fault.fix}`);
}
