import { randomUUID } from "node:crypto";
import type { Color, CutoverRecord, PerColor } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import type { ReleaseShape } from "../app/release-definition.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import { type Frozen, frozenIn } from "./frozen.ts";
import type { Remade, SeenImages } from "./remade.ts";
import type { InterlockInputs, InterlockState } from "./state.ts";
import type { TakenOver } from "./taken-over.ts";

const load = libraryFinder();

/**
 * One line a method: this text is stored in state with every resource, so it must be the same on every machine and for
 * every version of this library. What it imports is the promise: `@bluegreen/pulumi/provider` stays.
 */
const provider = {
  check: async (olds: any, news: any) => (await load("@bluegreen/pulumi/provider")).interlock.check(olds, news),
  diff: async (_id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).interlock.diff(olds, news),
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).interlock.create(inputs),
  update: async (_id: string, _olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).interlock.update(news),
  read: async (id: string, state: any) => (await load("@bluegreen/pulumi/provider")).interlock.read(id, state),
};

/**
 * Registered before everything else of the app: refuses illegal wishes before anything is touched, and decides which
 * release each color has. Both environments are built from its outputs.
 */
export class Interlock extends pulumi.dynamic.Resource {
  declare readonly app: pulumi.Output<string>;
  declare readonly attempt: pulumi.Output<number>;
  declare readonly candidate: pulumi.Output<Color>;
  declare readonly wished: pulumi.Output<Color | null>;
  declare readonly rollback: pulumi.Output<boolean>;
  declare readonly wanted: pulumi.Output<boolean>;
  declare readonly versions: pulumi.Output<InterlockState["versions"]>;
  declare readonly shape: pulumi.Output<PerColor<ReleaseShape | null>>;
  declare readonly blue: pulumi.Output<any>;
  declare readonly green: pulumi.Output<any>;
  declare readonly blueSecrets: pulumi.Output<any>;
  declare readonly greenSecrets: pulumi.Output<any>;
  declare readonly gates: pulumi.Output<any>;
  declare readonly gateSecrets: pulumi.Output<any>;
  declare readonly replicas: pulumi.Output<Readonly<Record<string, number>>>;
  declare readonly live: pulumi.Output<Color | null>;
  declare readonly sealed: pulumi.Output<PerColor<boolean>>;
  declare readonly routerRuns: pulumi.Output<string | undefined>;
  declare readonly frozen: pulumi.Output<Frozen>;
  declare readonly bystander: pulumi.Output<Color | null>;
  declare readonly takenOver: pulumi.Output<TakenOver | null>;
  declare readonly run: pulumi.Output<string>;
  /** Which colors this run must leave as they are. */
  readonly frozenNow: pulumi.Output<PerColor<boolean>>;
  /** What of a living app this run has to import; see `Standing`. */
  readonly imports: pulumi.Output<Readonly<Record<string, string>>>;
  declare readonly pending: pulumi.Output<readonly string[]>;
  declare readonly remade: pulumi.Output<Remade | undefined>;
  declare readonly images: pulumi.Output<SeenImages | undefined>;
  declare readonly drift: pulumi.Output<readonly string[] | undefined>;
  /** By service; absent where the settings give all. */
  declare readonly livePorts: pulumi.Output<Readonly<Record<string, number>> | undefined>;
  declare readonly overrides: pulumi.Output<readonly string[] | undefined>;
  declare readonly failedAttempt: pulumi.Output<CutoverRecord | undefined>;

  constructor(name: string, wished: DeepInputs<Omit<InterlockInputs, "run">>, options: pulumi.CustomResourceOptions) {
    const run = randomUUID();
    const remembered = {
      app: undefined,
      attempt: undefined,
      candidate: undefined,
      wished: undefined,
      rollback: undefined,
      wanted: undefined,
      live: undefined,
      sealed: undefined,
      frozen: undefined,
      bystander: undefined,
      routerRuns: undefined,
      deployed: undefined,
      pending: undefined,
      blind: undefined,
      takenOver: undefined,
      remade: undefined,
      images: undefined,
      drift: undefined,
      overrides: undefined,
      failedAttempt: undefined,
      livePorts: undefined,
    };
    super(
      provider as pulumi.dynamic.ResourceProvider,
      name,
      { ...remembered, ...wished, run },
      options,
      "bluegreen",
      "Interlock",
    );
    this.frozenNow = pulumi
      .all([this.run, this.frozen])
      .apply(([last, frozen]) => frozenIn(run, { run: last, frozen }));
    this.imports = pulumi
      .all([this.run, this.takenOver])
      .apply(([last, takenOver]) => (last === run ? (takenOver?.parts ?? {}) : {}));
  }
}
