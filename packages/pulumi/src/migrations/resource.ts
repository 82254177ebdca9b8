import type { MigrationRun } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { MigrationInputs } from "./provider.ts";

const load = libraryFinder();

/** One line a method, for the same reasons as the interlock's. */
const provider = {
  diff: async (_id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).migration.diff(olds, news),
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).migration.create(inputs),
  update: async (_id: string, _olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).migration.update(news),
};

/** One phase of a release's migrations: in a preview it is created or updated where it is going to run. */
export class Migration extends pulumi.dynamic.Resource {
  /** What ran, when and by whom. */
  declare readonly run: pulumi.Output<MigrationRun | null>;

  constructor(name: string, inputs: DeepInputs<MigrationInputs>, options: pulumi.CustomResourceOptions) {
    super(
      provider as pulumi.dynamic.ResourceProvider,
      name,
      { ...inputs, settled: undefined, run: undefined },
      options,
      "bluegreen",
      "Migration",
    );
  }
}
