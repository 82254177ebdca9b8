import type * as pulumi from "@pulumi/pulumi";

/** A value of which any part may come from another resource. */
export type DeepInput<T> = pulumi.Input<
  T extends readonly (infer U)[]
    ? readonly DeepInput<U>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepInput<T[K]> }
      : T
>;

export type DeepInputs<T> = { readonly [K in keyof T]: DeepInput<T[K]> };
