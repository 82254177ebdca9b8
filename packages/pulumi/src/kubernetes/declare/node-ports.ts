import type { Settings } from "@bluegreen/core";
import type { WantedPorts } from "../../app/claimed-ports.ts";
import type { SettingsOn } from "../../app/declaration-of.ts";
import type { PublishedPort } from "../../contracts/addresses.ts";

/** For the apps of one program, as far as it names the same cluster. */
export function wantedPorts(settings: SettingsOn<"kubernetes">): WantedPorts {
  const { kubeconfig = "", context = "" } = settings.platform;
  const named = typeof kubeconfig === "string";
  return {
    ports: nodePorts(settings),
    place: named ? { id: `${context} ${kubeconfig}`, of: "of the cluster's nodes" } : null,
  };
}

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
