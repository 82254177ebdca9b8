import { milliseconds, type TcpCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { reasonOf } from "../io/reason.ts";
import { backendsFor } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import type { Asks } from "./parts/waits.ts";

/** Asked at the containers, also after the switch: no router proves who took a connection. */
export interface TcpCheck extends Asks {
  readonly kind: "tcp";
}

/** The port takes connections. @example tcp({ service: "lavalink", port: 2333 }) */
export const tcp = kind<TcpCheck>("tcp", checkTcp);

/** Every backend takes a connection. */
export async function checkTcp(check: TcpCheckSettings, subject: Subject): Promise<Finding> {
  const backends = backendsFor(check, subject);
  if (backends.length === 0) return { result: "inconclusive", detail: "there is nothing to connect to" };
  for (const backend of backends) {
    try {
      (await backend.connect(check.port, milliseconds(check.timeout))).destroy();
    } catch (error) {
      return { result: "failed", detail: `${backend.name} takes no connection: ${reasonOf(error)}` };
    }
  }
  return { result: "passed", detail: `${backends.map(({ name }) => name).join(", ")} took a connection` };
}
