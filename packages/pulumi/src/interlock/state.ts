import type { Color, CutoverRecord, Irreversible, PerColor } from "@bluegreen/core";
import type { ReleaseShape } from "../app/release-definition.ts";
import type { PlatformAddress, PublishedPort, RouterQuery } from "../contracts/addresses.ts";
import type { Frozen } from "./frozen.ts";
import type { Remade, SeenImages } from "./remade.ts";
import type { TakenOver } from "./taken-over.ts";

/** What the program asks of the interlock. Everything that `check` adds to it is in `Remembered`. */
export interface InterlockInputs {
  readonly name: string;
  /** Names this run of the program; another one each time. See `Frozen`. */
  readonly run: string;
  readonly platform: PlatformAddress;
  /** Known later in a first preview, where the program has it from another resource. */
  readonly activeColor: Color;
  readonly allowLiveChange: boolean;
  /** What certainly has no room may be deployed all the same; left out where it may not. */
  readonly allowOvercommit?: boolean | undefined;
  readonly force: Color | "foreign" | null;
  readonly retry: string | null;
  /** Absent for an app without migrations. */
  readonly irreversible?: Irreversible;
  /** Absent where it is not needed. */
  readonly returnPast?: string;
  /** Identity of a living app that no state has; absent where there is none. */
  readonly takeOver?: string;
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  /** Plain structure of each color's release; `null` for a color without one. */
  readonly shape: PerColor<ReleaseShape | null>;
  /** Leaf values of each color's release. */
  readonly blue: unknown;
  readonly green: unknown;
  /** Secret leaf values; always marked secret, or a dropped secret would land in state in clear. */
  readonly blueSecrets: unknown;
  readonly greenSecrets: unknown;
  /** Containers a service. Not part of a release: an edit applies at once, a service the program dropped keeps its. */
  readonly replicas: Readonly<Record<string, number>>;
  /** What of each service's spec says how much it takes, for previews that do not know the spec; left out when empty. */
  readonly sizes?: Readonly<Record<string, unknown>>;
  /** Gates of the current attempt: they are frozen with it, so that editing one runs nothing by itself. */
  readonly gates: unknown;
  readonly gateSecrets: unknown;
  /** Gates of an attempt that is a rollback; not recorded, but as the gates of such an attempt. */
  readonly rollbackGates?: unknown;
  readonly rollbackSecrets?: unknown;
  /** Of a router that is a container: the image that the program names, and the library's own. */
  readonly routerImage?: { readonly given: string | null; readonly standard: string };
  /** What is needed to find the first router, and the others, if any. */
  readonly router: RouterQuery;
  /** Ports of the host that the routers publish; left out where there are none. */
  readonly ports?: readonly PublishedPort[];
  readonly service: string;
  readonly followers?: readonly { readonly router: RouterQuery; readonly service: string }[];
  /** See `Declaration.livePorts`; left out when there are none. */
  readonly livePorts?: Readonly<Record<string, number>> | undefined;
}

/** What the interlock adds in `check`, so that it is known in every preview. */
export interface Remembered {
  /** Identity of this app instance, made once. */
  readonly app: string;
  readonly attempt: number;
  readonly candidate: Color;
  /** The wish where it is known: plain in every preview, so that what is declared by it never vanishes. */
  readonly wished: Color | null;
  /** The current attempt goes back to a release that was verified live. */
  readonly rollback: boolean;
  /** `false` when the wish was taken back before the attempt's gates had all passed: what is left of them is not run. */
  readonly wanted: boolean;
  readonly live: Color | null;
  readonly sealed: PerColor<boolean>;
  readonly frozen: Frozen;
  /** See `Decision`; `null` where the wish is not known. */
  readonly bystander: Color | null;
  /** The router has carried traffic, or tried to. */
  readonly deployed: boolean;
  /** The image that the router has: one that is there is replaced only by one that the program names. */
  readonly routerRuns?: string;
  /** What was edited in the program and waits for a color's next version. */
  readonly pending: readonly string[];
  /** Why the router could not be asked; empty when it could. */
  readonly blind: string;
  /** `null` for an app that was made by this state, and once its router was made anew. */
  readonly takenOver: TakenOver | null;
  /** In what the colors' releases differ beyond their images; left out when they don't. */
  readonly drift?: readonly string[];
  /** How often parts were made anew that someone else had removed; left out where the platform does that. */
  readonly remade?: Remade;
  /** What the colors' containers are made of, from the run after the one that made them; absent where Pulumi does not say. */
  readonly images?: SeenImages;
  /** The user's words by which the present attempt or live change is legal; left out when there are none. */
  readonly overrides?: readonly string[] | undefined;
  /** The last attempt, by the journal, if it did not end well: the cutover's state knows only of those that did. */
  readonly failedAttempt?: CutoverRecord;
}

export type InterlockState = InterlockInputs & Remembered;

/**
 * By these everything is declared that follows. What a state does not have, because an earlier version of this library made
 * it, is not known in a preview, and all of that would vanish from it.
 */
export const answered: readonly (keyof InterlockState)[] = [
  "shape",
  "replicas",
  "live",
  "wished",
  "frozen",
  "bystander",
  "takenOver",
];

/** What follows the traffic, or what the cutover shows; on its own it is no change worth showing. */
export const bookkeeping: readonly string[] = [
  "name",
  "run",
  "activeColor",
  "wished",
  "live",
  "sealed",
  "frozen",
  "bystander",
  "images",
  "takeOver",
  "takenOver",
  "deployed",
  "drift",
  "sizes",
  "ports",
];
