import type { Fault } from "@bluegreen/core";
import type { PlatformAddress } from "../contracts/addresses.ts";

/**
 * An app that carries traffic can't be moved: its router would be made anew there, with no color behind it, and be taken
 * away here. Another address of the same Docker Engine or cluster is no other place, as far as can be known.
 */
export function movedFaults(from: PlatformAddress, to: PlatformAddress): Fault[] {
  if (nameOf(from) === nameOf(to)) return [];
  return [
    {
      code: "place-changed",
      problem: `the app is live on ${nameOf(from)}; on ${nameOf(to)} its users would find nothing`,
      at: from.kind === to.kind ? "platform.namespace" : "platform",
      fix: "declare another app there, send users to it, and remove this one then",
    },
  ];
}

function nameOf(address: PlatformAddress): string {
  return address.kind === "kubernetes" ? `Kubernetes, namespace ${address.namespace}` : "Docker";
}
