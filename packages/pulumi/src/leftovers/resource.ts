import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { LeftoversInputs } from "./provider.ts";

const load = libraryFinder();

/** One line a method, for the same reasons as the interlock's. */
const provider = {
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).leftovers.create(inputs),
  update: async (_id: string, _olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).leftovers.update(news),
  delete: async (_id: string, state: any) => (await load("@bluegreen/pulumi/provider")).leftovers.remove(state),
};

/**
 * Stands between the networks and the containers, and so goes between them when the app is destroyed: it removes the
 * containers that killed runs left and nobody recorded, which would keep the networks from going.
 */
export class Leftovers extends pulumi.dynamic.Resource {
  constructor(name: string, inputs: DeepInputs<LeftoversInputs>, options: pulumi.CustomResourceOptions) {
    super(provider as pulumi.dynamic.ResourceProvider, name, { ...inputs }, options, "bluegreen", "Leftovers");
  }
}
