import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { ReplicasInputs } from "./provider.ts";

const load = libraryFinder();

/** One line a method, for the same reasons as the interlock's. */
const provider = {
  diff: async (_id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).replicas.diff(olds, news),
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).replicas.create(inputs),
  update: async (_id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).replicas.update(olds, news),
};

/** The one writer of both colors' sizes before a switch: what the program says, and a candidate at the live color's. */
export class Replicas extends pulumi.dynamic.Resource {
  constructor(name: string, inputs: DeepInputs<ReplicasInputs>, options: pulumi.CustomResourceOptions) {
    super(provider as pulumi.dynamic.ResourceProvider, name, { ...inputs }, options, "bluegreen", "Replicas");
  }
}
