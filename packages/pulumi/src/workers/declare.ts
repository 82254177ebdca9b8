import { milliseconds, type NoRouterSettings } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { DeclaredFront } from "../app/declaration.ts";
import type { RouterQuery } from "../contracts/addresses.ts";

export function noRouterQuery({ exclusive }: NoRouterSettings): RouterQuery {
  return { kind: "none", name: "", adopt: false, exclusive };
}

/** Nothing leads to the app. `name` is that of what holds the record, where the platform declares that. */
export function declareNoRouter({ startWithin }: NoRouterSettings, name: pulumi.Output<string>): DeclaredFront {
  const nowhere = pulumi.output("");
  return {
    address: { kind: "none", name, startMs: milliseconds(startWithin) },
    url: nowhere,
    colorUrl: () => nowhere,
  };
}
