/**
 * What a program tells refusals and failures apart by. One names a kind of trouble, not a sentence: the words of a fault
 * may change, its code stays. `docs/codes.md` says what each of them means.
 */
export const faultCodes = [
  // Settings
  "unknown-setting",
  "invalid-setting",
  "unknown-service",
  "settings-conflict",
  "unsupported",
  "unsupported-option",
  "unfollowed-provider",
  "reserved-property",
  "env-file-unreadable",
  "missing-variable",
  // Interlock
  "no-release",
  "live-release-changed",
  "live-release-removed",
  "moved",
  "latched",
  "no-return",
  "router-occupied",
  "router-unfit",
  "router-unreachable",
  "port-taken",
  "no-room",
  "place-changed",
  "wish-unknown",
  "other-app",
  "nothing-to-take-over",
  "takeover-switches",
  "state-lost",
  "candidate-incomplete",
  // Gates, migrations and cutover
  "gate-failed",
  "gate-cannot-tell",
  "migration-failed",
  "not-ready",
  "evidence-missing",
  "attempt-used",
  "lease-held",
  "lease-lost",
  "cancelled",
  "router-unstable",
  "write-in-doubt",
  "failed-live",
  "revert-resumed",
  "revert-failed",
  "not-answering",
] as const;

export type FaultCode = (typeof faultCodes)[number];

export function isFaultCode(value: unknown): value is FaultCode {
  return (faultCodes as readonly unknown[]).includes(value);
}
