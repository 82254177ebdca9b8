import { type Color, describeFaults, isColor, type Settings } from "@bluegreen/core";
import { activeColorFaults } from "@bluegreen/core/settings";
import * as pulumi from "@pulumi/pulumi";

/**
 * The color that is to be live. Also as an output, which is checked once it is known. Which color is live is no secret: all
 * that it is labels says it.
 */
export function wishedColor(name: string, { activeColor }: Settings): pulumi.Input<Color> {
  if (isColor(activeColor)) return activeColor;
  const output = pulumi.output(activeColor as pulumi.Input<string>);
  return pulumi.unsecret(pulumi.all([output, pulumi.isSecret(output)])).apply(([given, secret]) => {
    const faults = activeColorFaults(given, secret);
    if (faults.length > 0) throw new pulumi.RunError(describeFaults(name, faults));
    return given as Color;
  });
}
