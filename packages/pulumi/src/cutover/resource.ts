import type { Color, CutoverRecord } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { DeepInputs } from "../app/deep-input.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { CutoverInputs } from "./state.ts";

const load = libraryFinder();

/** One line a method, for the same reasons as the interlock's. */
const provider = {
  check: async (olds: any, news: any) => (await load("@bluegreen/pulumi/provider")).cutover.check(olds, news),
  diff: async (id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).cutover.diff(id, olds, news),
  create: async (inputs: any) => (await load("@bluegreen/pulumi/provider")).cutover.create(inputs),
  update: async (id: string, olds: any, news: any) =>
    (await load("@bluegreen/pulumi/provider")).cutover.update(id, olds, news),
  delete: async (_: string, it: any) => (await load("@bluegreen/pulumi/provider")).cutover.remove(it),
  read: async (id: string, state: any) => (await load("@bluegreen/pulumi/provider")).cutover.read(id, state),
};

/** The only writer of the router's color. Its `activeColor` is the record of which color is live. */
export class Cutover extends pulumi.dynamic.Resource {
  declare readonly activeColor: pulumi.Output<Color>;
  declare readonly record: pulumi.Output<CutoverRecord>;

  constructor(name: string, wished: DeepInputs<CutoverInputs>, options: pulumi.CustomResourceOptions) {
    super(
      provider as pulumi.dynamic.ResourceProvider,
      name,
      { ...wished, record: undefined },
      options,
      "bluegreen",
      "Cutover",
    );
  }
}
