import type { Waits } from "./parts/waits.ts";

/** Whom a check asks. */
interface Asks extends Waits {
  /**
   * The service that is asked: each of its containers by itself before the switch, its live address after it. One that no
   * router exposes is asked at its containers before and after. @default the one that the first router exposes
   */
  readonly service?: string | undefined;
  /** Another port than the service's; it is asked at the containers, always. */
  readonly port?: number | undefined;
  /** Deadline of one question. @default "5s" */
  readonly timeout?: string | undefined;
}

export interface HttpGate extends Asks {
  readonly kind: "http";
  /**
   * Path that is asked for, such as `/health/ready`. Redirects are not followed.
   * @default what the release that is asked calls `ready`, on the port that it names for that
   */
  readonly path?: string | undefined;
  /** The status that counts as healthy. @default 200 */
  readonly status?: number | undefined;
  /** Text that the body must contain, in its first MiB. */
  readonly contains?: string | undefined;
  /** Regular expression that the body must match; `^` and `$` are about lines. */
  readonly matches?: string | undefined;
  /** Headers that the answer must have, with exactly these values. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How often a question is repeated at once before it counts as failed; 10 at most. @default 0 */
  readonly retries?: number | undefined;
}

/** HTTP check. @example http({ path: "/", healthyFor: "5m" }) @example http({ healthyFor: "5m" }) */
export function http(settings: Omit<HttpGate, "kind"> = {}): HttpGate {
  return { kind: "http", ...settings };
}

/** Asked at the containers, also after the switch: no router proves who took a connection. */
export interface TcpGate extends Asks {
  readonly kind: "tcp";
}

/** The port takes connections. @example tcp({ service: "lavalink", port: 2333 }) */
export function tcp(settings: Omit<TcpGate, "kind"> = {}): TcpGate {
  return { kind: "tcp", ...settings };
}

/** Asked at the containers, also after the switch, without TLS. */
export interface GrpcGate extends Asks {
  readonly kind: "grpc";
  /** Name of the gRPC service whose health is asked for, such as `shop.Orders`. @default "", the whole server */
  readonly grpcService?: string | undefined;
}

/** SERVING by the standard health protocol (`grpc.health.v1`). @example grpc({ port: 50051 }) */
export function grpc(settings: Omit<GrpcGate, "kind"> = {}): GrpcGate {
  return { kind: "grpc", ...settings };
}
