import { Duplex, Writable } from "node:stream";
import type { KubernetesClient } from "./client.ts";

/** A pod's port that nobody listens on is refused within moments; nothing says that one was joined. Milliseconds. */
const refusedWithinMs = 1_000;

/** Joins a connection to a pod's port, through the API server. Both ends close together. */
export async function forward(client: KubernetesClient, pod: string, port: number, connection: Duplex): Promise<void> {
  const { PortForward } = await import("@kubernetes/client-node");
  // What the kubelet says of a port that nobody listens on; the first, empty chunk only opens the channel.
  const complaints = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) connection.destroy();
      done();
    },
  });
  const joined = new PortForward(client.config);
  const websocket = await joined.portForward(client.namespace, pod, [port], connection, complaints, connection);
  if (typeof websocket === "function") return;
  const close = () => websocket.close();
  websocket.onclose = () => connection.destroy();
  websocket.onerror = () => connection.destroy();
  if (connection.destroyed) close();
  else connection.on("close", close);
}

/** A connection to a pod's port for who writes first: of one that can't be made nothing is told but that it is over. */
export function joinPod(client: KubernetesClient, pod: string, port: number): Duplex {
  const [near, far] = pair();
  forward(client, pod, port, far).catch((error) => {
    near.destroy(new Error(`can't reach ${pod}:${port}: ${messageOf(error)}`));
  });
  return near;
}

/** A connection to a pod's port. Rejects unless it is made in time. */
export async function connectPod(
  client: KubernetesClient,
  pod: string,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  const [near, far] = pair();
  const made = forward(client, pod, port, far);
  const settled = new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`no connection to ${pod}:${port} within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const end = (finish: () => void) => {
      clearTimeout(deadline);
      finish();
    };
    far.on("close", () => end(() => reject(new Error(`${pod}:${port} refused the connection`))));
    near.once("readable", () => end(resolve));
    made.then(
      () => setTimeout(() => end(resolve), Math.min(refusedWithinMs, timeoutMs / 2)),
      (error) => end(() => reject(new Error(`can't reach ${pod}:${port}: ${messageOf(error)}`))),
    );
  });
  try {
    await settled;
    return near;
  } catch (error) {
    near.destroy();
    throw error;
  }
}

/** The websocket library rejects with events that have a message, too. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === "string" && message !== "" ? message : String(error);
}

/** Two ends of one connection: what is written to one is read from the other. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: 0 | 1) =>
    new Duplex({
      allowHalfOpen: false,
      read() {},
      write(chunk, _encoding, done) {
        ends[other]?.push(chunk);
        done();
      },
      final(done) {
        ends[other]?.push(null);
        done();
      },
      destroy(error, done) {
        const peer = ends[other];
        if (peer && !peer.destroyed) peer.destroy();
        done(error);
      },
    });
  ends.push(end(1), end(0));
  return ends as [Duplex, Duplex];
}
