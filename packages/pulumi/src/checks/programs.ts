import type * as pulumi from "@pulumi/pulumi";
import type { Waits } from "./parts/waits.ts";

export interface CommandGate extends Waits {
  readonly kind: "command";
  /**
   * Run by `/bin/sh -c` where Pulumi runs; exit 0 passes. It is told `BLUEGREEN_COLOR`, `BLUEGREEN_RELEASE` and
   * `BLUEGREEN_URL`: the candidate's own address before the switch, the live one after it.
   */
  readonly run: string;
  /** After this long the command and all that it started are killed, and the check has failed. @default "60s" */
  readonly timeout?: string | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** A command of yours. @example command({ run: "npm run smoke", timeout: "30s" }) */
export function command(settings: Omit<CommandGate, "kind">): CommandGate {
  return { kind: "command", ...settings };
}

export interface JobGate extends Waits {
  readonly kind: "job";
  /** Runs in the app's namespace (Kubernetes), where what the deployer can't reach can be reached. */
  readonly image: string;
  /** Told as a command is; its URL is one inside the cluster. Exit 0 passes. */
  readonly command: readonly string[];
  /** After this long the job is ended, and the check has failed. @default "60s" */
  readonly timeout?: string | undefined;
  /** More environment variables; may be secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** A Kubernetes Job. @example job({ image: "shop-smoke:7", command: ["./smoke"], timeout: "2m" }) */
export function job(settings: Omit<JobGate, "kind">): JobGate {
  return { kind: "job", ...settings };
}

export interface ExecGate extends Waits {
  readonly kind: "exec";
  /** The service in each of whose containers it runs. @default the one that the first router exposes */
  readonly service?: string | undefined;
  /** A program of the image, with its arguments; no shell unless you name one. Exit 0 passes. */
  readonly command: readonly string[];
  /** Text that it must print, on stdout or stderr, in the last 64 KiB. */
  readonly contains?: string | undefined;
  /** Regular expression that what it prints must match. */
  readonly matches?: string | undefined;
  /** Nobody waits longer for it; Docker has no way to end it then. @default "30s" */
  readonly timeout?: string | undefined;
}

/** A program inside the color's containers. @example exec({ command: ["./healthcheck"] }) */
export function exec(settings: Omit<ExecGate, "kind">): ExecGate {
  return { kind: "exec", ...settings };
}
