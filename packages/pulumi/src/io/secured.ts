import type { Duplex } from "node:stream";
import tls from "node:tls";

/** TLS over a connection, with whatever certificate is shown there. `name` is the host that it asks for, `host:port` too. */
export function secured(socket: Duplex, name: string | undefined): tls.TLSSocket {
  const servername = name?.replace(/:\d+$/, "");
  return tls.connect({ socket, rejectUnauthorized: false, ...(servername ? { servername } : {}) });
}
