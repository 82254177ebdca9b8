import * as z from "zod";
import { colors } from "../color.ts";
import type { Fault } from "../fault.ts";
import { gate, httpCheck, verification } from "./checks.ts";
import { explain } from "./explain.ts";
import { duration, serviceName } from "./leaves.ts";
import { platform, router } from "./platforms.ts";
import { nameFaults, referenceFaults } from "./references.ts";
import { release, service } from "./services.ts";

/**
 * The structure of an app's settings. Structure is plain and checked at once; a leaf may be a value that is known only
 * later (`isDeferred`), which is checked for its kind only.
 */
const color = z.enum(colors);

const settings = z.strictObject({
  activeColor: color,
  releases: z.strictObject({ blue: release.optional(), green: release.optional() }),
  services: z
    .record(serviceName, service)
    .refine((services) => Object.keys(services).length > 0, "must have at least one service"),
  platform,
  router,
  gates: z.array(gate).default([]),
  verification,
  drain: z.strictObject({ within: duration }).nullable().optional(),
  retire: z.union([z.enum(["warm", "zero"]), z.strictObject({ after: duration })]).default("warm"),
  allowLiveChange: z.boolean().default(false),
  force: z
    .union([color, z.literal("foreign")])
    .nullable()
    .default(null),
  retry: z.string().nullable().default(null),
  transform: z.custom<unknown>().optional(),
});

type Given = z.output<typeof settings>;

/** An app's settings with all their defaults. */
export type Settings = Given & { readonly drain: { readonly within: string } | null };
export type RetireSettings = Settings["retire"];

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
  faults.push(...referenceFaults(parsed), ...nameFaults(name, parsed));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: parsed };
}

/** No gate given means the exposed service's `ready` path, healthy for a while: never no gate. */
const defaultHealthyFor = "5s";

const defaultDrain = { docker: null, kubernetes: { within: "30s" } } as const;

function withDefaults(given: Given): Settings {
  // Kubernetes leaves kept-alive connections where they are, for ever; Caddy moves them with their next request.
  const drain = given.drain === undefined ? defaultDrain[given.platform.kind] : given.drain;
  const ready = given.services[given.router.expose]?.ready;
  if (!ready) return { ...given, drain };
  const check = httpCheck.parse({ kind: "http", path: ready });
  const gates = given.gates.length > 0 ? given.gates : [{ ...check, healthyFor: defaultHealthyFor }];
  const checks = given.verification.checks.length > 0 ? given.verification.checks : [check];
  return { ...given, drain, gates, verification: { ...given.verification, checks } };
}
