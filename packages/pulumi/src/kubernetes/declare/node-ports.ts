import type { Settings } from "@bluegreen/core";
import type { PublishedPort } from "../../contracts/addresses.ts";

/** The node ports that the program names for its routers, at every address of every node. */
export function nodePorts({ routers }: Pick<Settings, "routers">): PublishedPort[] {
  const several = routers.length > 1;
  return routers.flatMap((router, index) => {
    // The ports of one that is adopted are its maker's.
    if (router.kind !== "service" || router.adopt) return [];
    const at = several ? `router[${index}]` : "router";
    return (router.ports ?? []).flatMap(({ nodePort }, place) => {
      return nodePort === undefined ? [] : [{ host: "", port: nodePort, at: `${at}.ports[${place}].nodePort` }];
    });
  });
}
