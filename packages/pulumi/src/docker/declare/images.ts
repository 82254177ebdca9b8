import type { Color } from "@bluegreen/core";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ofRelease } from "../../app/declaration.ts";
import { recordedService } from "../../app/recorded-service.ts";
import type { ReleaseShape } from "../../app/release-definition.ts";
import type { Interlock } from "../../interlock/resource.ts";

/** By service. */
export type ColorImages = Readonly<Record<string, docker.RemoteImage>>;

interface ColorParts {
  readonly name: string;
  readonly color: Color;
  readonly interlock: Interlock;
  readonly child: pulumi.CustomResourceOptions;
}

/** The images of a color's recorded release, each pulled once a version, if need be. */
export function declareImages(parts: ColorParts & { readonly shape: ReleaseShape | null }): ColorImages {
  const { name, color, interlock, shape, child } = parts;
  const version = interlock.versions.apply((versions) => versions[color] ?? "");
  const images = Object.keys(shape?.services ?? {}).map((service) => {
    const { image } = recordedService(interlock, color, service, shape).spec;
    const args = { name: image as pulumi.Output<string>, keepLocally: true, triggers: { version } };
    return [
      service,
      new docker.RemoteImage(`${name}-${color}-${service}-image`, args, { ...child, ...ofRelease }),
    ] as const;
  });
  return Object.fromEntries(images);
}

/**
 * What a service's containers are made of. A release that was made anew, because someone else removed it, gets what it was
 * made of: the tag may lead elsewhere by now.
 */
export function imageOf(
  { color, interlock }: ColorParts,
  service: string,
  image: docker.RemoteImage,
): pulumi.Output<string> {
  return pulumi.all([interlock.remade, interlock.images, image.imageId]).apply(([remade, images, id]) => {
    const again = (remade?.containers[color] ?? 0) > 0 ? images?.[color][service]?.id : undefined;
    return again ?? id;
  });
}

/**
 * That, pulled by its digest: an idle color's image goes with its containers where a host is tidied. Declared only once
 * containers were made anew.
 */
export function imageAgain(
  { name, color, interlock, child }: ColorParts,
  service: string,
): pulumi.Output<docker.RemoteImage[]> {
  return pulumi.all([interlock.remade, interlock.images]).apply(([remade, images]) => {
    const times = remade?.containers[color] ?? 0;
    const digest = images?.[color][service]?.digest ?? null;
    if (times === 0 || digest === null) return [];
    const args = { name: digest, keepLocally: true, triggers: { times: String(times) } };
    return [new docker.RemoteImage(`${name}-${color}-${service}-again`, args, { ...child, ...ofRelease })];
  });
}
