import { createHash } from "node:crypto";
import type { Color } from "@bluegreen/core";

/** Labels by which everything of an app is found again, whoever made it. */
export const labels = {
  /** Identity of the app instance; never recomputed, so it survives a renamed stack and keeps two stacks apart. */
  app: "bluegreen/app",
  role: "bluegreen/role",
  color: "bluegreen/color",
  /** `releaseLabel` of the version. */
  release: "bluegreen/release",
  service: "bluegreen/service",
  /** Of an app without a live address. `true`: it never runs beside one of the other color. */
  exclusive: "bluegreen/exclusive",
} as const;

export const annotations = {
  /** How many pods each service of an app without a live address has when it runs; beside its record. */
  replicas: "bluegreen/replicas",
  /** See `Workers.mark`. */
  mark: "bluegreen/mark",
  /** See `Kept`. */
  kept: "bluegreen/kept",
} as const;

/**
 * `backend`: Deployments and their pods. `config`: ConfigMaps and Secrets of a release. `router`: what live traffic
 * passes. `candidate`: a color's own Service. `lease` and `journal`: what the cutover keeps. `gate`: Jobs.
 */
export type Role = "backend" | "config" | "router" | "candidate" | "lease" | "journal" | "gate";

/** What pods of every release call the port on which their exposed service listens. */
export const exposedPort = "bluegreen";

/** What a Service of someone else had before it was adopted (`Adopted`), for the day on which it is given back. */
export const adoptedAnnotation = "bluegreen/adopted";

/** Where the router's record lies: on the very object that routes, so that both change in one write. */
export const recordAnnotation = "bluegreen/record";

/**
 * Who owns the routed field, as Kubernetes names it. Names that begin with `kubectl` or `pulumi-kubernetes` would be
 * absorbed by the Kubernetes plugin, and one that two stacks share overwrites silently.
 */
export const fieldManager = (app: string) => `bluegreen-${app}`;

const labelValue = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** A version as a label's value: itself where Kubernetes allows it, else what it allows of it and a short hash. */
export function releaseLabel(version: string): string {
  if (labelValue.test(version)) return version;
  const allowed = version
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 50)
    .replace(/^[._-]+|[._-]+$/g, "");
  return `${allowed || "v"}-${shortHash(version)}`;
}

/** `shop-ab12cd-blue-web`, in the 63 characters that a Service's name may have. */
export function resourceName(...parts: readonly string[]): string {
  const name = parts.join("-");
  return name.length <= 63 ? name : `${name.slice(0, 54).replace(/-+$/, "")}-${shortHash(name)}`;
}

/** Name of the Service through which a color's service is reached, live or not. */
export function candidateName(app: string, color: Color, service: string): string {
  return resourceName(app, color, service);
}

/** Name of a stable Service or Ingress to which the user has given none: the first one's, or a follower's. */
export function liveName(app: string, service: string | null): string {
  return service === null ? app : resourceName(app, "live", service);
}

export type Selector = Readonly<Record<string, string>>;

/** Which pods are a release's. `version` is the recorded one, not its label. */
export function selectorOf(of: { app: string; color: Color; version: string; service: string }): Selector {
  return {
    [labels.app]: of.app,
    [labels.color]: of.color,
    [labels.release]: releaseLabel(of.version),
    [labels.service]: of.service,
  };
}

/** Of an object of an app without a live address. */
export function isExclusive({ labels: said }: { readonly labels?: Selector }): boolean {
  return said?.[labels.exclusive] === "true";
}

/** A selector as the router's target: the same text for the same pods. */
export function selectorText(selector: Selector): string {
  const sorted = Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** The target that a pod or Deployment with these labels belongs to; empty when they are not an app's. */
export function targetOfLabels(given: Selector | undefined): string {
  const keys = [labels.app, labels.color, labels.release, labels.service];
  if (!given || keys.some((key) => given[key] === undefined)) return "";
  return selectorText(Object.fromEntries(keys.map((key) => [key, given[key] as string])));
}

export function selects(selector: Selector, given: Selector | undefined): boolean {
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => given?.[key] === value);
}

/** Eight hex digits that stand for a text. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
