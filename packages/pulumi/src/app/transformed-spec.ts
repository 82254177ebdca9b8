import { type Color, describeFaults, type Fault } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";

/** Whose spec a transform is given. */
export interface SpecPlace {
  readonly color: Color;
  readonly service: string;
}

/** What a transform must leave alone, and why, by its name. */
export type Reserved = Readonly<Record<string, string>>;

/**
 * What a transform made of a spec. It has the last word; only what the library could not work without is refused, by its
 * name: properties by `reserved`, single entries by `refuse` once their values are known.
 */
export function transformedSpec<S extends Readonly<Record<string, unknown>>>(
  name: string,
  spec: S,
  place: SpecPlace,
  rules: {
    readonly at: string;
    readonly transform: ((spec: S, place: SpecPlace) => S) | undefined;
    readonly reserved: Reserved;
    /** By property: why this value of it can't be. */
    readonly refuse: Readonly<Record<string, (value: any) => string[]>>;
  },
): S {
  const { at, transform, reserved, refuse } = rules;
  if (!transform) return spec;
  const where = `${place.color} ${place.service}`;
  const result = transform(spec, place);
  const fault = (problem: string): Fault => {
    const fix = "take it out of what the transform returns";
    return { code: "reserved-property", problem: `${where}: ${problem}`, at, fix };
  };
  const set = Object.keys(reserved).filter((property) => result[property] !== undefined);
  const faults = set.map((property) => fault(`"${property}" can't be set: ${reserved[property]}`));
  if (faults.length > 0) throw new pulumi.RunError(describeFaults(name, faults));
  const looked = Object.entries(result).map(([property, value]) => {
    const judge = refuse[property];
    if (!judge || value === undefined) return [property, value];
    const known = pulumi.output(value).apply((it: unknown) => {
      const problems = judge(it);
      if (problems.length > 0) throw new pulumi.RunError(describeFaults(name, problems.map(fault)));
      return it;
    });
    return [property, known];
  });
  return Object.fromEntries(looked) as S;
}

/** Names of variables that are the library's. */
export function ownVariables(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith("BLUEGREEN_")).map((name) => `the variable ${name} is the library's`);
}
