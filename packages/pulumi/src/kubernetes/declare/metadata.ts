import type { Color } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import { labels, type Role } from "../labels.ts";

/** What every object of an app carries. */
export interface Ground {
  /** The component's name, for those of resources only; and the identity of this instance of it. */
  readonly name: string;
  readonly app: pulumi.Output<string>;
  readonly namespace: string;
}

/** The recommended labels (kubernetes.io/docs, "Recommended Labels") and our own, by which an object is found again. */
export function labelsOf(
  { app }: Ground,
  role: Role,
  more: {
    readonly color?: Color;
    readonly service?: string;
    readonly release?: pulumi.Input<string>;
    readonly exclusive?: boolean;
  } = {},
): Record<string, pulumi.Input<string>> {
  const { color, service, release, exclusive } = more;
  const partOf = app.apply(nameIn);
  return {
    "app.kubernetes.io/name": service ?? partOf,
    "app.kubernetes.io/instance": app,
    "app.kubernetes.io/part-of": partOf,
    "app.kubernetes.io/component": role,
    ...(release === undefined ? {} : { "app.kubernetes.io/version": release, [labels.release]: release }),
    [labels.app]: app,
    [labels.role]: role,
    ...(color === undefined ? {} : { [labels.color]: color }),
    ...(service === undefined ? {} : { [labels.service]: service }),
    ...(exclusive === undefined ? {} : { [labels.exclusive]: String(exclusive) }),
  };
}

/** By these the pods of a color's service are found, whatever their release. */
export function podsOf({ app }: Ground, color: Color, service: string): pulumi.Output<Record<string, string>> {
  return app.apply((app): Record<string, string> => {
    return { [labels.app]: app, [labels.color]: color, [labels.service]: service };
  });
}

/** The name that the component had when it was first declared: one that it gets later changes nothing that runs. */
function nameIn(app: string): string {
  return app.replace(/-[0-9a-f]{6}$/, "");
}

/** `<app>-…` in the length that Kubernetes allows; settings have refused names for which it would not do. */
export function nameOf({ app }: Ground, ...parts: readonly string[]): pulumi.Output<string> {
  return pulumi.interpolate`${app}-${parts.join("-")}`;
}
