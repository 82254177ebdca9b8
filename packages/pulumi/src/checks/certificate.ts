import { once } from "node:events";
import tls from "node:tls";
import { type CertificateCheckSettings, type Duration, humanMilliseconds, milliseconds } from "@bluegreen/core";
import type { Entrance, Finding, Subject } from "../contracts/check.ts";
import { within } from "../io/deadline.ts";
import { reasonOf } from "../io/reason.ts";
import { secured } from "../io/secured.ts";
import { lookAtBackends } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import type { Asks } from "./parts/waits.ts";

/** Asked at the containers, also after the switch. Who has signed it is not looked at: inside it is often nobody known. */
export interface CertificateCheck extends Asks {
  readonly kind: "certificate";
  /** How long it must be valid from now on. @default "336h", two weeks */
  readonly validFor?: Duration | undefined;
  /** The host name that it must be for, and that is asked for. @default any */
  readonly hostname?: string | undefined;
}

/** The port speaks TLS with a certificate that lasts. @example certificate({ port: 8443, hostname: "shop.example.org" }) */
export const certificate = kind<CertificateCheck>("certificate", checkCertificate);

/** Every backend shows a certificate that is valid now and for a while, and for the host name if there is one. */
export async function checkCertificate(check: CertificateCheckSettings, subject: Subject): Promise<Finding> {
  return lookAtBackends(check, subject, {
    nothing: "there is nothing to connect to",
    async problemOf(backend) {
      const problem = await problemOf(backend, check);
      return problem && `${backend.name} ${problem}`;
    },
    passed: (names) => `${names}: valid for ${check.validFor} and more`,
  });
}

async function problemOf(backend: Entrance, check: CertificateCheckSettings): Promise<string | null> {
  const timeoutMs = milliseconds(check.timeout);
  try {
    const socket = await backend.connect(check.port, timeoutMs);
    const secure = secured(socket, check.hostname);
    try {
      await within(timeoutMs, once(secure, "secureConnect"), "it shows no certificate");
      return faultOf(secure.getPeerCertificate(), check);
    } finally {
      secure.destroy();
      socket.destroy();
    }
  } catch (error) {
    return `shows no certificate: ${reasonOf(error)}`;
  }
}

function faultOf(shown: tls.PeerCertificate, { hostname, validFor }: CertificateCheckSettings): string | null {
  if (hostname !== undefined && tls.checkServerIdentity(hostname, shown)) {
    return `shows a certificate for ${shown.subjectaltname ?? shown.subject?.CN ?? "no name"}, not for ${hostname}`;
  }
  const now = Date.now();
  if (Date.parse(shown.valid_from) > now) return `shows a certificate that is valid only from ${shown.valid_from} on`;
  const lastsMs = Date.parse(shown.valid_to) - now;
  if (lastsMs >= milliseconds(validFor)) return null;
  const left = lastsMs > 0 ? `, in ${humanMilliseconds(lastsMs)}` : "";
  return `shows a certificate that ends at ${shown.valid_to}${left}; it has to last ${validFor}`;
}
