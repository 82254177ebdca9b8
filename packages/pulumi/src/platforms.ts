import type { PlatformAddress } from "./contracts/addresses.ts";
import type { Platform } from "./contracts/platform.ts";

/** The platform at an address, loaded only where it is used. */
export async function platformOf(address: PlatformAddress): Promise<Platform> {
  switch (address.kind) {
    case "docker":
      return (await import("./docker/platform.ts")).dockerPlatform(address);
    case "kubernetes":
      return (await import("./kubernetes/platform.ts")).kubernetesPlatform(address);
    default:
      return address satisfies never;
  }
}
