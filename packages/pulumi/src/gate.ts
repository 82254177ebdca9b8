import type { CommandCheckSettings, HttpCheckSettings, JobCheckSettings } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";

/** A check that must pass before the switch, or (`http` only) through the live address after it. */
export type Gate = HttpGate | CommandGate | JobGate;

export interface HttpGate {
  readonly kind: "http";
  /** The exposed service that is asked. @default the one that the first router exposes */
  readonly service?: string | undefined;
  /** Path asked of every container of that service, or at its live address, such as `/health/ready`. */
  readonly path: string;
  /** The status that counts as healthy. @default 200 */
  readonly status?: number | undefined;
  /** How long it must be healthy without a break. As a gate only. @default "0s", one healthy answer */
  readonly healthyFor?: string | undefined;
  /** Deadline for becoming healthy; `healthyFor` comes on top. As a gate only. @default "60s" */
  readonly within?: string | undefined;
  /** Pause between two requests. As a gate only. @default "1s" */
  readonly interval?: string | undefined;
  /** Deadline of one request. @default "5s" */
  readonly timeout?: string | undefined;
}

export interface CommandGate {
  readonly kind: "command";
  /** Run by `/bin/sh -c` where Pulumi runs, with `BLUEGREEN_CANDIDATE_URL`, `_COLOR` and `_RELEASE`; exit 0 passes. */
  readonly run: string;
  /** After this long the command and all that it started are killed, and the gate has failed. @default "60s" */
  readonly timeout?: string | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

export interface JobGate {
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
export type NamedGate = { readonly name: string } & (
  | HttpCheckSettings
  | Omit<CommandCheckSettings, "env">
  | Omit<JobCheckSettings, "env">
);
