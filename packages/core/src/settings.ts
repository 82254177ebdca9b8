import * as z from "zod";
import { type Color, colors, type PerColor } from "./color.ts";
import { durationPattern } from "./duration.ts";
import type { Fault } from "./fault.ts";
import { sizePattern } from "./size.ts";

/**
 * The structure of an app's settings. Structure is plain and checked at once; a leaf may be a value that is known only
 * later (`isDeferred`), which is checked for its kind only.
 */

/** A value that is not there yet: a promise, or an output of another resource. */
export function isDeferred(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return "then" in value || "apply" in value;
}

const leaf = z.custom<unknown>(
  (value) => typeof value === "string" || isDeferred(value),
  "must be a string or an output of one",
);
const duration = z.string().regex(durationPattern, 'must be a duration such as "500ms", "90s" or "5m"');
const size = z.string().regex(sizePattern, 'must be a size such as "512MB" or "1GB"');
const port = z.int().min(1).max(65_535);
const path = z.string().startsWith("/", 'must be a path that begins with "/"');
const envName = z
  .string()
  .regex(/^(?!BLUEGREEN_)[A-Za-z_][A-Za-z0-9_]*$/, "must be letters, digits and _, and not begin with BLUEGREEN_");
const serviceName = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, "must be 1 to 40 lower-case letters, digits and -, as in a host name");
const version = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/, "must be 1 to 100 letters, digits and _ . + -");
const environment = z.record(envName, leaf);

const volume = z.strictObject({
  /** One volume for both colors instead of one each. */
  shared: z.boolean().default(false),
  readOnly: z.boolean().default(false),
});

const service = z.strictObject({
  port: port.optional(),
  ready: path.optional(),
  replicas: z.int().min(1).max(100).default(1),
  command: z.array(leaf).optional(),
  entrypoint: z.array(leaf).optional(),
  env: environment.default({}),
  envFiles: z.array(z.string()).default([]),
  secrets: environment.default({}),
  volumes: z.record(path, volume).default({}),
  resources: z.strictObject({ memory: size.optional(), cpus: z.number().positive().optional() }).default({}),
  user: z.string().optional(),
});

const release = z.strictObject({ version, images: z.record(serviceName, leaf) });

const httpCheck = z.strictObject({
  kind: z.literal("http"),
  path,
  status: z.int().min(100).max(599).default(200),
  healthyFor: duration.default("0s"),
  within: duration.default("60s"),
  interval: duration.default("1s"),
  timeout: duration.default("5s"),
});

const commandCheck = z.strictObject({
  kind: z.literal("command"),
  run: z.string().min(1),
  timeout: duration.default("60s"),
  env: environment.default({}),
});

const gate = z.discriminatedUnion("kind", [httpCheck, commandCheck]);

const dockerPlatform = z.strictObject({
  kind: z.literal("docker"),
  host: leaf.optional(),
  networks: z.array(leaf).default([]),
});

const caddyRouter = z.strictObject({
  kind: z.literal("caddy"),
  expose: serviceName,
  port,
  colorPorts: z.strictObject({ blue: port, green: port }).optional(),
  bind: z.union([z.ipv4(), z.ipv6()]).default("0.0.0.0"),
  image: leaf.default("caddy:2.10.2-alpine"),
});

const color = z.enum(colors);

const settings = z.strictObject({
  activeColor: color,
  releases: z.strictObject({ blue: release.optional(), green: release.optional() }),
  services: z
    .record(serviceName, service)
    .refine((services) => Object.keys(services).length > 0, "must have at least one service"),
  platform: dockerPlatform,
  router: caddyRouter,
  gates: z.array(gate).default([]),
  verification: z
    .strictObject({
      checks: z.array(httpCheck).default([]),
      answers: z.int().min(1).max(1_000).default(5),
      bake: duration.default("10s"),
      interval: duration.default("1s"),
      failureLimit: z.int().min(1).max(1_000).default(1),
    })
    .prefault({}),
  allowLiveChange: z.boolean().default(false),
  force: z
    .union([color, z.literal("foreign")])
    .nullable()
    .default(null),
  retry: z.string().nullable().default(null),
  transform: z.custom<unknown>().optional(),
});

export type Settings = z.output<typeof settings>;
export type ServiceSettings = Settings["services"][string];
export type GateSettings = z.output<typeof gate>;
export type HttpCheckSettings = z.output<typeof httpCheck>;
export type CommandCheckSettings = z.output<typeof commandCheck>;
export type VerificationSettings = Settings["verification"];
export type RouterSettings = z.output<typeof caddyRouter>;

export type Parsed =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: Fault[] };

/** Reads an app's settings with all their faults at once. Never throws. */
export function parseSettings(name: string, input: unknown): Parsed {
  const faults: Fault[] = [];
  const named = serviceName.safeParse(name);
  if (!named.success) {
    const problem = `the app's name is "${name}"; it ${named.error.issues[0]?.message ?? "is not a name"}`;
    faults.push({ problem, at: "name", fix: "rename the component, it becomes part of container names" });
  }
  const result = settings.safeParse(input, { reportInput: true });
  if (!result.success) {
    faults.push(...result.error.issues.flatMap(explain));
    return { ok: false, faults };
  }
  const parsed = withDefaults(result.data);
  faults.push(...referenceFaults(parsed));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: parsed };
}

/** No gate given means the exposed service's `ready` path, healthy for a while: never no gate. */
const defaultHealthyFor = "5s";

function withDefaults(given: Settings): Settings {
  const ready = given.services[given.router.expose]?.ready;
  if (!ready) return given;
  const check = httpCheck.parse({ kind: "http", path: ready });
  const gates = given.gates.length > 0 ? given.gates : [{ ...check, healthyFor: defaultHealthyFor }];
  const checks = given.verification.checks.length > 0 ? given.verification.checks : [check];
  return { ...given, gates, verification: { ...given.verification, checks } };
}

/** Loopback ports on which each color answers by itself, live or not. Default: the two after the live port. */
export function colorPorts(router: RouterSettings): PerColor<number> {
  return router.colorPorts ?? { blue: router.port + 1, green: router.port + 2 };
}

/** Faults between settings that are each well-formed. */
function referenceFaults(given: Settings): Fault[] {
  const known = Object.keys(given.services);
  const { expose } = given.router;
  const faults: Fault[] = [];
  const exposed = given.services[expose];
  if (!exposed) {
    faults.push({ problem: `"${expose}" is no service`, at: "router.expose", fix: `name one of ${quote(known)}` });
  } else {
    if (exposed.port === undefined) {
      const problem = `the router exposes "${expose}", which has no port`;
      faults.push({ problem, at: `services.${expose}.port`, fix: "give it the port that it listens on" });
    }
    if (exposed.replicas > 60) {
      const problem = `the router exposes "${expose}", which has ${exposed.replicas} replicas; it can share among 60`;
      faults.push({ problem, at: `services.${expose}.replicas`, fix: "choose 60 or fewer" });
    }
    if (exposed.ready === undefined) {
      const problem = `the router exposes "${expose}", which has no ready path, so nothing could gate a switch`;
      faults.push({ problem, at: `services.${expose}.ready`, fix: 'give it a path such as "/health/ready"' });
    }
  }
  for (const color of colors) faults.push(...releaseFaults(color, given));
  if (!given.releases[given.activeColor]) {
    const problem = `activeColor is "${given.activeColor}", and ${given.activeColor} has no release`;
    faults.push({ problem, at: `releases.${given.activeColor}`, fix: "give it a version and images" });
  }
  const ports = [given.router.port, ...Object.values(colorPorts(given.router))];
  if (new Set(ports).size < ports.length) {
    const problem = `the live address and the colors share a port: ${ports.join(", ")}`;
    faults.push({ problem, at: "router.colorPorts", fix: "give each its own port" });
  }
  return faults;
}

function releaseFaults(color: Color, given: Settings): Fault[] {
  const release = given.releases[color];
  if (!release) return [];
  const unknown = Object.keys(release.images).filter((name) => !given.services[name]);
  const faults = unknown.map((name) => ({
    problem: `"${name}" is no service`,
    at: `releases.${color}.images.${name}`,
    fix: `name one of ${quote(Object.keys(given.services))}, or declare it under services`,
  }));
  if (!release.images[given.router.expose]) {
    const problem = `${color} ${release.version} has no image for "${given.router.expose}", which the router exposes`;
    faults.push({ problem, at: `releases.${color}.images`, fix: `add an image for ${given.router.expose}` });
  }
  return faults;
}

/** Command that sets the right value, for the settings that usually come from stack config. */
const configFixes: Readonly<Record<string, string>> = {
  activeColor: "pulumi config set activeColor blue (or green)",
};

function explain(issue: z.core.$ZodIssue): Fault[] {
  const at = issue.path.map(keyName).join(".") || "the settings";
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      problem: `${describe(key)} is no setting`,
      at: issue.path.length > 0 ? `${at}.${keyName(key)}` : keyName(key),
      fix: "correct its name or remove it",
    }));
  }
  const missing = issue.input === undefined;
  const confidential = issue.path.some((part) => part === "secrets" || part === "env");
  const value = confidential ? "not right" : describe(issue.input);
  const problem = missing ? "is missing" : `is ${value}; ${rule(issue)}`;
  return [{ problem: `${at} ${problem}`, at, fix: configFixes[at] ?? (missing ? "add it" : "correct the value") }];
}

/** A key in a path: short, and seen even when it is empty. */
function keyName(key: PropertyKey): string {
  const text = String(key);
  if (text === "") return '""';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function rule(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big") return `it must be at most ${issue.maximum}`;
  if (issue.code === "too_small") return `it must be at least ${issue.minimum}`;
  if (issue.code === "invalid_type")
    return `it must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "invalid_key") return `its name ${issue.issues[0]?.message ?? "is not allowed"}`;
  if (issue.code === "invalid_union" && issue.discriminator) {
    return `its ${issue.discriminator} must be one of those that the library offers`;
  }
  if (issue.code === "invalid_value") return `it must be ${issue.values.map((v) => JSON.stringify(v)).join(" or ")}`;
  if (issue.code === "custom" || issue.code === "invalid_format") return `it ${issue.message.replace(/^it /, "")}`;
  return issue.message.replace(/^Invalid input: /, "");
}

/** A value for a message: short, and never a whole object, which could hold a secret. */
function describe(value: unknown): string {
  if (typeof value === "string") return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  return value === undefined ? "missing" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;
}

function quote(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
