import { milliseconds, type TcpCheckSettings } from "@bluegreen/core";
import type { Finding, Subject } from "../contracts/check.ts";
import { reasonOf } from "../io/reason.ts";
import { lookAtBackends } from "./parts/asked.ts";
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
  return lookAtBackends(check, subject, {
    nothing: "there is nothing to connect to",
    async problemOf(backend) {
      try {
        (await backend.connect(check.port, milliseconds(check.timeout))).destroy();
        return null;
      } catch (error) {
        return `${backend.name} takes no connection: ${reasonOf(error)}`;
      }
    },
    passed: (names) => `${names} took a connection`,
  });
}
