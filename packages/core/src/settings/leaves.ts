import * as z from "zod";
import { durationPattern } from "../duration.ts";
import { percentPattern } from "../percent.ts";
import { sizePattern } from "../size.ts";

/** A value that is not there yet: a promise, or an output of another resource. */
export function isDeferred(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const { then, apply } = value as { readonly then?: unknown; readonly apply?: unknown };
  return typeof then === "function" || typeof apply === "function";
}

const standIns = new WeakSet<object>();

/**
 * What a deferred value is given as while settings are checked: no object, which could pass for a structure, and nothing
 * that an output would lift.
 */
export function standInFor(value: object): () => object {
  const standIn = () => value;
  standIns.add(standIn);
  return standIn;
}

export function isStandIn(value: unknown): value is () => object {
  return typeof value === "function" && standIns.has(value);
}

export const leaf = z.custom<unknown>(
  (value) => typeof value === "string" || isStandIn(value),
  "must be a string or an output of one",
);
export const duration = z.string().regex(durationPattern, 'must be a duration such as "500ms", "90s" or "5m"');
export const size = z.string().regex(sizePattern, 'must be a size such as "512MB" or "1GB"');
export const percent = z.string().regex(percentPattern, 'must be a share such as "0.5%" or "20%"');
export const port = z.int().min(1).max(65_535);
export const path = z.string().startsWith("/", 'must be a path that begins with "/"');
export const webUrl = z
  .url({ protocol: /^https?$/, error: "must be a URL that begins with http:// or https://" })
  .refine((text) => !hasLogin(text), "must hold no user and no password, which would be kept and shown");
/** What a shell or a program is to run. Passwords in it would be kept in clear, and shown. */
export const script = z
  .string()
  .refine((text) => !hasPassword(text), "must hold no password: hand it over in env, and write $NAME in its place");
const host = "[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?";
/** What a request's `Host` says. */
export const hostHeader = z
  .string()
  .regex(new RegExp(`^${host}(:\\d{1,5})?$`), 'must be a host such as "shop.example.org"');
export const hostname = z.string().regex(new RegExp(`^${host}$`), 'must be a host name such as "shop.example.org"');
export const headerName = z.string().regex(/^[A-Za-z0-9-]+$/, "must be the name of a header");

function hasLogin(text: string): boolean {
  const { username = "", password = "" } = URL.parse(text) ?? {};
  return username !== "" || password !== "";
}

/** In a URL anywhere in it. A variable is none. */
function hasPassword(text: string): boolean {
  return /:\/\/[^\s/@:'"]*:[^\s/@'"$]+@/.test(text);
}

export const envName = z
  .string()
  .regex(/^(?!BLUEGREEN_)[A-Za-z_][A-Za-z0-9_]*$/, "must be letters, digits and _, and not begin with BLUEGREEN_");
export const serviceName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, "must be 1 to 40 lower-case letters, digits and -, as in a host name")
  .refine((name) => !(name in {}), 'must not be a name that every object has, such as "constructor"');
export const version = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/, "must be 1 to 100 letters, digits and _ . + -");
export const environment = z.record(envName, leaf);
export const kubernetesName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be 1 to 63 lower-case letters, digits and -");
