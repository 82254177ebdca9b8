import type http2 from "node:http2";
import type { Duplex } from "node:stream";
import { type GrpcCheckSettings, milliseconds } from "@bluegreen/core";
import type { Entrance, Finding, Subject } from "../contracts/check.ts";
import { bounds, tooLong } from "../io/bounds.ts";
import { within } from "../io/deadline.ts";
import { reasonOf } from "../io/reason.ts";
import { lookAtBackends } from "./parts/asked.ts";
import { kind } from "./parts/kind.ts";
import type { Asks } from "./parts/waits.ts";

/** Asked at the containers, also after the switch, without TLS. */
export interface GrpcCheck extends Asks {
  readonly kind: "grpc";
  /** Name of the gRPC service whose health is asked for, such as `shop.Orders`. @default "", the whole server */
  readonly grpcService?: string | undefined;
}

/** SERVING by the standard health protocol (`grpc.health.v1`). @example grpc({ port: 50051 }) */
export const grpc = kind<GrpcCheck>("grpc", checkGrpc);

/** Every backend says SERVING by the standard health protocol, https://grpc.io/docs/guides/health-checking/. */
export async function checkGrpc(check: GrpcCheckSettings, subject: Subject): Promise<Finding> {
  const what = check.grpcService || "the server";
  return lookAtBackends(check, subject, {
    nothing: "there is nothing to ask",
    async problemOf(backend) {
      const problem = await problemOf(backend, check);
      return problem && `${backend.name}: ${what} ${problem}`;
    },
    passed: (names) => `${names}: ${what} is SERVING`,
  });
}

async function problemOf(backend: Entrance, { grpcService, port, timeout }: GrpcCheckSettings): Promise<string | null> {
  const timeoutMs = milliseconds(timeout);
  try {
    const connection = await backend.connect(port, timeoutMs);
    try {
      const status = await within(timeoutMs, askHealth(connection, grpcService));
      return status === "SERVING" ? null : `is ${status}`;
    } finally {
      connection.destroy();
    }
  } catch (error) {
    return `did not answer: ${reasonOf(error)}`;
  }
}

const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const notFound = "5";
const unimplemented = "12";

/** `grpc.health.v1.Health/Check`: two messages of one field each, which need no library. */
async function askHealth(connection: Duplex, name: string): Promise<string> {
  // Every gate's process loads all kinds of checks, and only this one needs it.
  const { connect } = await import("node:http2");
  return new Promise((resolve, reject) => {
    const session = connect("http://localhost", { createConnection: () => connection });
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    let size = 0;
    // Without a message the trailers are the headers.
    let ended: http2.IncomingHttpHeaders = {};
    const note = (headers: http2.IncomingHttpHeaders) => {
      ended = { ...ended, ...headers };
    };
    const end = (finish: () => void) => {
      session.destroy();
      finish();
    };
    session.on("error", (error) => end(() => reject(error)));
    stream.on("error", (error) => end(() => reject(error)));
    stream.on("response", note);
    stream.on("trailers", note);
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bounds.message) chunks.push(chunk);
      else end(() => reject(tooLong("its answer", bounds.message)));
    });
    stream.on("end", () => end(() => settle(Buffer.concat(chunks))));
    stream.end(framed(requestOf(name)));

    function settle(answer: Buffer): void {
      const code = String(ended["grpc-status"] ?? "");
      if (code === "0") resolve(statusOf(answer));
      else if (code === notFound) resolve("not known to it");
      else if (code === unimplemented) reject(new Error("it does not speak grpc.health.v1"));
      else
        reject(
          new Error(code === "" ? "it does not speak gRPC" : `gRPC status ${code} ${ended["grpc-message"] ?? ""}`),
        );
    }
  });
}

/** `HealthCheckRequest { string service = 1 }`. */
function requestOf(name: string): Buffer {
  const text = Buffer.from(name);
  return text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
}

/** gRPC's frame: not compressed, and how long it is. */
function framed(message: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`; what is zero is left out. */
function statusOf(frame: Buffer): string {
  const message = frame.subarray(5);
  return statuses[message[0] === 0x08 ? (message[1] ?? 0) : 0] ?? "UNKNOWN";
}
