import * as z from "zod";
import { type Color, colors, isColor } from "../color.ts";
import { milliseconds } from "../duration.ts";
import type { Fault } from "../fault.ts";
import {
  type CheckSettings,
  check,
  type HttpCheckSettings,
  httpCheck,
  rollback,
  runningCheck,
  type VerificationSettings,
  verification,
} from "./checks.ts";
import { describe, explain, reporting } from "./explain.ts";
import { duration, isStandIn, serviceName } from "./leaves.ts";
import { platform, type RouterSettings, router, routers } from "./platforms.ts";
import { readAll, withDeferred } from "./readable.ts";
import { nameFaults, referenceFaults } from "./references.ts";
import { hasAddress, routerTraits } from "./routers.ts";
import { release, service } from "./services.ts";
import { workerFaults } from "./workers.ts";

/**
 * The structure of an app's settings. Structure is plain and checked at once; a leaf may be a value that is known only
 * later (`isDeferred`), which is checked for its kind only.
 */
const color = z.enum(colors);

/** One of an output is checked once it is known (`activeColorFaults`). */
const activeColor = z.custom<Color | object>(
  (value) => isColor(value) || isStandIn(value),
  'must be "blue" or "green"',
);

const schema = z.strictObject({
  activeColor,
  releases: z.strictObject({ blue: release.optional(), green: release.optional() }),
  services: z
    .record(serviceName, service)
    .refine((services) => Object.keys(services).length > 0, "must have at least one service"),
  platform,
  router,
  gates: z.array(check).default([]),
  verification,
  rollback,
  drain: z.strictObject({ within: duration }).nullable().optional(),
  failedCandidate: z.enum(["keep", "stop"]).optional(),
  retire: z.union([z.enum(["warm", "zero"]), z.strictObject({ after: duration })]).optional(),
  allowLiveChange: z.boolean().default(false),
  allowOvercommit: z.boolean().default(false),
  force: z
    .union([color, z.literal("foreign")])
    .nullable()
    .default(null),
  retry: z.string().nullable().default(null),
  returnPast: z.string().nullable().default(null),
  takeOver: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?-[0-9a-f]{6}$/, "must be an app's identity, like shop-3f2a1c")
    .nullable()
    .default(null),
  transform: z.custom<unknown>().optional(),
});

const groupSchema = schema.extend({ router: routers });

export type Given = Omit<z.output<typeof schema>, "router">;

/** An app's settings with all their defaults. */
export type Settings = Omit<Given, "rollback"> & {
  /** Gates, bake and checks of a switch back to a release that was verified live. */
  readonly rollback: { readonly gates: readonly CheckSettings[]; readonly verification: VerificationSettings };
  readonly drain: { readonly within: string } | null;
  /** In the order in which they are switched; the first one leads. */
  readonly routers: readonly [RouterSettings, ...RouterSettings[]];
  readonly failedCandidate: NonNullable<Given["failedCandidate"]>;
  readonly retire: NonNullable<Given["retire"]>;
};
export type RetireSettings = Settings["retire"];

export type Parsed =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly faults: Fault[] };

/** Reads an app's settings with all their faults at once. Never throws. */
export function parseSettings(name: string, input: unknown): Parsed {
  const faults: Fault[] = [];
  const named = serviceName.safeParse(name);
  if (!named.success) {
    const problem = `the app's name is ${describe(name)}; it ${named.error.issues[0]?.message ?? "is not a name"}`;
    faults.push({
      code: "invalid-setting",
      problem,
      at: "name",
      fix: "rename the component, it becomes part of container names",
    });
  }
  const read = readAll(input);
  faults.push(...read.faults);
  const result = schemaFor(read.value).safeParse(read.value, reporting);
  if (!result.success) {
    const unread = new Set(read.faults.map(({ at }) => at));
    const found = result.error.issues.flatMap((issue) => explain(issue)).filter(({ at }) => !unread.has(at));
    return { ok: false, faults: [...faults, ...found] };
  }
  const given = withDeferred(result.data);
  const parsed = withDefaults(given);
  faults.push(...workerFaults(given, parsed.routers[0]), ...referenceFaults(parsed));
  if (named.success) faults.push(...nameFaults(name, parsed));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: parsed };
}

/**
 * What is wrong with an active color that was given as an output, in the words for one that was given plainly; a secret
 * one is not quoted.
 */
export function activeColorFaults(value: unknown, secret = false): Fault[] {
  const issues = color.safeParse(value, reporting).error?.issues ?? [];
  return issues
    .flatMap((issue) => explain(issue, ["activeColor"]))
    .map(({ problem, ...fault }) => ({
      problem: secret ? problem.replace(describe(value), "not right") : problem,
      ...fault,
    }));
}

/** What settings have to be. One router and several are told apart at once, so that each fault is about what was given. */
export function schemaFor(input: unknown) {
  return givesRouters(input) ? groupSchema : schema;
}

function givesRouters(input: unknown): boolean {
  return typeof input === "object" && input !== null && "router" in input && Array.isArray(input.router);
}

/** A release that has had its bake shows at once what is wrong with it now. */
const rollbackBake = "5s";

/** No gate given means the exposed service's `ready` path, healthy for a while: never no gate. */
const defaultHealthyFor = "5s";

const defaultDrain = { within: "30s" };

function withDefaults({ router, ...given }: Given & { readonly router: RouterSettings | RouterSettings[] }): Settings {
  const routers = (Array.isArray(router) ? router : [router]) as unknown as Settings["routers"];
  if (!hasAddress(routers[0])) {
    // The idle color is none that stays warm, and a failed one none that stays.
    const { failedCandidate = "stop" } = given;
    const gates = given.gates.length > 0 ? given.gates : [runningCheck.parse({ kind: "running" })];
    const ready = [runningCheck.parse({ kind: "running", healthyFor: "0s" })];
    const back = given.rollback.gates.length > 0 ? given.rollback.gates : ready;
    const rollback = rollbackOf(given.rollback, back, given.verification, []);
    return { ...given, drain: null, failedCandidate, retire: "zero", routers, gates, rollback };
  }
  const usual = routerTraits[routers[0].kind].keepsConnections ? defaultDrain : null;
  const drain = given.drain === undefined ? usual : given.drain;
  const { failedCandidate = "keep", retire = "warm" } = given;
  const ready = routers.flatMap(({ expose }, index) => {
    if (given.services[expose]?.ready === undefined) return [];
    return [httpCheck.parse({ kind: "http", ...(index === 0 ? {} : { service: expose }) })];
  });
  const gates = [
    ...given.gates,
    ...unasked(given.gates, ready).map((it) => ({ ...it, healthyFor: defaultHealthyFor })),
  ];
  const { checks } = given.verification;
  const watched = [...checks, ...unasked(checks, ready)];
  const verification = { ...given.verification, checks: watched };
  const back = [...given.rollback.gates, ...unasked(given.rollback.gates, ready)];
  return {
    ...given,
    rollback: rollbackOf(given.rollback, back, verification, ready),
    drain,
    failedCandidate,
    retire,
    routers,
    gates,
    verification,
  };
}

/**
 * By default a short bake, watched by who is ready: not by what may be down as one has to go back. One that is asked for
 * is watched as any other.
 */
function rollbackOf(
  { bake }: Given["rollback"],
  gates: readonly CheckSettings[],
  verification: VerificationSettings,
  ready: CheckSettings[],
): Settings["rollback"] {
  if (bake !== undefined) return { gates, verification: { ...verification, bake } };
  const shorter = milliseconds(verification.bake) < milliseconds(rollbackBake) ? verification.bake : rollbackBake;
  return { gates, verification: { ...verification, checks: ready, bake: shorter } };
}

/** The `ready` checks of the exposed services that none of these checks is about; any check is about the first one. */
function unasked(given: readonly CheckSettings[], ready: readonly HttpCheckSettings[]): HttpCheckSettings[] {
  return ready.filter(({ service }) => {
    if (service === undefined) return given.length === 0;
    return !given.some((one) => one.kind === "http" && one.service === service);
  });
}
