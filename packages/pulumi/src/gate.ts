import type * as pulumi from "@pulumi/pulumi";
import type { RecordedCheck } from "./check.ts";

/** A check of a color: one that must pass before the switch, or one of those that it is watched by after it. */
export type Gate = HttpGate | CommandGate | JobGate;

/** How a gate waits for its check. Verification has an interval and limits of its own. */
export interface Waits {
  /** How long it must pass without a break. @default "0s", once is enough */
  readonly healthyFor?: string | undefined;
  /** How long it may take until that begins; `"0s"` means one look. */
  readonly within?: string | undefined;
  /** Pause between two looks. @default "1s" */
  readonly interval?: string | undefined;
}

export interface HttpGate extends Waits {
  readonly kind: "http";
  /**
   * The service that is asked. @default the one that the first router exposes
   */
  readonly service?: string | undefined;
  /** Path asked of every container of that service, or at its live address, such as `/health/ready`. */
  readonly path: string;
  /** The status that counts as healthy. @default 200 */
  readonly status?: number | undefined;
  /** @default "60s" */
  readonly within?: string | undefined;
  /** Deadline of one request. @default "5s" */
  readonly timeout?: string | undefined;
}

export interface CommandGate extends Waits {
  readonly kind: "command";
  /**
   * Run by `/bin/sh -c` where Pulumi runs; exit 0 passes. It is told `BLUEGREEN_COLOR`, `BLUEGREEN_RELEASE` and
   * `BLUEGREEN_URL`: the candidate's own address before the switch, the live one after it.
   */
  readonly run: string;
  /** After this long the command and all that it started are killed, and the gate has failed. @default "60s" */
  readonly timeout?: string | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

export interface JobGate extends Waits {
  readonly kind: "job";
  /** Runs in the app's namespace (Kubernetes), where what the deployer can't reach can be reached. */
  readonly image: string;
  /** Told as a command gate is; its URL is one inside the cluster. Exit 0 passes. */
  readonly command: readonly string[];
  /** After this long the job is ended, and the gate has failed. @default "60s" */
  readonly timeout?: string | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** HTTP check. @example http({ path: "/health/ready", healthyFor: "5m" }) */
export function http(settings: Omit<HttpGate, "kind">): HttpGate {
  return { kind: "http", ...settings };
}

/** A command of yours as a gate. @example command({ run: "npm run smoke", timeout: "30s" }) */
export function command(settings: Omit<CommandGate, "kind">): CommandGate {
  return { kind: "command", ...settings };
}

/** A Kubernetes Job as a gate. @example job({ image: "shop-smoke:7", command: ["./smoke"], timeout: "2m" }) */
export function job(settings: Omit<JobGate, "kind">): JobGate {
  return { kind: "job", ...settings };
}

/** A gate as it is recorded and handed to its runner: settings with all defaults, and a name. */
export type NamedGate = { readonly name: string } & RecordedCheck;
