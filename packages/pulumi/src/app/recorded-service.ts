import type { Color } from "@bluegreen/core";
import * as pulumi from "@pulumi/pulumi";
import type { Interlock } from "../interlock/resource.ts";
import type { ReleaseShape, ServiceLeaf } from "./release-definition.ts";

/** A service of a color's recorded release, as its objects are declared from it. */
export interface RecordedService {
  readonly env: pulumi.Output<Readonly<Record<string, string>>>;
  /** Always secret. */
  readonly secretEnv: pulumi.Output<Readonly<Record<string, string>>>;
  /** One by one, so that they can be declared while their values are unknown. */
  readonly spec: Readonly<Record<string, pulumi.Output<any>>>;
}

export function recordedService(
  interlock: Interlock,
  color: Color,
  service: string,
  shape: ReleaseShape | null,
): RecordedService {
  const pick = (services: any): ServiceLeaf | undefined => services?.[service];
  const plain = interlock[color].apply(pick) as pulumi.Output<any>;
  const secret = pulumi.secret(interlock[`${color}Secrets`].apply(pick)) as pulumi.Output<any>;
  const properties = Object.entries(shape?.services[service]?.properties ?? {}).map(([property, secrecy]) => {
    const part = secrecy === "secret" ? secret : plain;
    return [property, part.apply((leaf: ServiceLeaf | undefined) => leaf?.spec[property])];
  });
  return {
    env: plain.apply((leaf: ServiceLeaf | undefined) => ({ ...leaf?.env })),
    secretEnv: secret.apply((leaf: ServiceLeaf | undefined) => ({ ...leaf?.env })),
    spec: Object.fromEntries(properties),
  };
}
