import type { Fault } from "@bluegreen/core";
import type { PlatformAddress, PublishedPort } from "../contracts/addresses.ts";
import { isUnknown } from "../dynamic/unknown.ts";
import { reasonOf } from "../io/reason.ts";
import { platformOf } from "../platforms.ts";

/** Ports that the app's router is to publish, and somebody else holds. What can't be seen blocks nothing. */
export async function portFaults(wish: {
  readonly name: string;
  readonly app: string;
  readonly platform: PlatformAddress;
  readonly ports: readonly PublishedPort[];
}): Promise<Fault[]> {
  const { name, app, platform, ports } = wish;
  if (ports.length === 0 || isUnknown(platform)) return [];
  try {
    const held = await (await platformOf(platform)).view.portHolders(app, ports);
    return held.map(({ port, of, at, holder, app: other }) => {
      const back = `choose another port, or if that app's state was lost, take it over with \`takeOver: "${other}"\``;
      const fix = other ? back : "choose another port, or stop what holds it";
      return { code: "port-taken", problem: `port ${port} ${of} is held by ${holder}`, at, fix };
    });
  } catch (error) {
    console.error(`${name}: whether the router's ports are free was not checked: ${reasonOf(error)}`);
    return [];
  }
}
