import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { RetireInputs } from "./provider.ts";

const load = libraryFinder();

/** One line a method, for the same reasons as the interlock's. */
const provider = {
  diff: async (_id: string, olds: any, news: any) => (await load("@bluegreen/pulumi/provider")).retire.diff(olds, news),
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).retire.create(inputs),
  update: async (_id: string, _olds: any, news: any) => (await load("@bluegreen/pulumi/provider")).retire.update(news),
};

/** After the cutover: what becomes of the color that it left. */
export class Retire extends pulumi.dynamic.Resource {
  /** The version that is scaled to zero, if any. */
  declare readonly retired: pulumi.Output<string | null>;

  constructor(name: string, inputs: DeepInputs<RetireInputs>, options: pulumi.CustomResourceOptions) {
    super(
      provider as pulumi.dynamic.ResourceProvider,
      name,
      { ...inputs, retired: undefined },
      options,
      "bluegreen",
      "Retire",
    );
  }
}
