export {
  type Amounts,
  capacityBreaches,
  coming,
  type Occupant,
  type Planned,
  type Pool,
  type Resource,
  type Room,
  type Running,
  shortages,
} from "./capacity.ts";
export { type Attempted, type Claim, claim, shownAttempt, type Unfinished } from "./claim.ts";
export { type Color, colors, isColor, otherColor, type PerColor, perColor } from "./color.ts";
export { begin, isCancellable, leavesLease, next } from "./cutover.ts";
export type { Command, Event, Origin, Outcome, Plan, State } from "./cutover-states.ts";
export { type Duration, humanMilliseconds, milliseconds } from "./duration.ts";
export { type Evidence, missingEvidence, parseEvidence } from "./evidence.ts";
export { type Failed, whyNotStopped } from "./failed-candidate.ts";
export { type Breach, describeFault, describeFaults, type Fault } from "./fault.ts";
export { type FaultCode, faultCodes } from "./fault-codes.ts";
export { beginWrite, combine, type GroupWrite, isReached, nextWrite, type PartWritten } from "./group.ts";
export { type Images, strangeImages } from "./images.ts";
export {
  type Decision,
  decide,
  judge,
  type Memory,
  type Recorded,
  type Release,
  type Sight,
  versionsOf,
  type Wish,
} from "./interlock.ts";
export {
  attemptPrefix,
  type CutoverRecord,
  type DrainRecord,
  type JournalEntry,
  type JournalReading,
  type JournalRecord,
  journalKey,
  lastAllowedBy,
  lastAttemptOf,
  laterAttempt,
  type MigrationRecord,
  readJournal,
} from "./journal.ts";
export {
  beginLog,
  findRun,
  isReversible,
  type MigrationLog,
  type MigrationRun,
  type Phase,
  passNoReturn,
  withRun,
} from "./migrations.ts";
export { type Irreversible, logAfter } from "./no-return.ts";
export { fraction, humanFraction, type Percent } from "./percent.ts";
export { describeRecord, latchesAfter, type Observation, type RouterRecord, revertOf } from "./record.ts";
export { type Replicas, retiresAt, wishedReplicas } from "./replicas.ts";
export type {
  CertificateCheckSettings,
  CheckSettings,
  CommandCheckSettings,
  CpuCheckSettings,
  ExecCheckSettings,
  GivenCheck,
  GrpcCheckSettings,
  HttpCheckSettings,
  JobCheckSettings,
  LogsCheckSettings,
  MemoryCheckSettings,
  RestartsCheckSettings,
  RunningCheckSettings,
  TcpCheckSettings,
  VerificationSettings,
} from "./settings/checks.ts";
export type {
  DependencyCheckSettings,
  ErrorRateCheckSettings,
  LatencyCheckSettings,
  WindowCheckSettings,
} from "./settings/measures.ts";
export type { MigrationStepSettings } from "./settings/migrations.ts";
export type { Patience } from "./settings/patience.ts";
export type {
  DockerSettings,
  IngressRouterSettings,
  KubernetesSettings,
  NoRouterSettings,
  RouterSettings,
  ServiceRouterSettings,
} from "./settings/platforms.ts";
export { type Ready, readyOf } from "./settings/ready.ts";
export { colorPorts, hasAddress, idleIsStopped, isExclusive } from "./settings/routers.ts";
export type { ServiceSettings } from "./settings/services.ts";
// Not the parser, which brings zod: gates and cutover start a process each, and need none of it.
export type { RetireSettings, Settings } from "./settings/settings.ts";
export { mebibytes, type Size } from "./size.ts";
export { oneLine, visible } from "./text.ts";
export { verifiedAfter } from "./verified.ts";
export { type Weekday, weekdays } from "./weekday.ts";
