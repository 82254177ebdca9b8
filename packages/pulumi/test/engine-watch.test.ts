import grpc from "@grpc/grpc-js";
import { afterAll, expect, test } from "vitest";
import { watchCancel } from "../src/dynamic/engine-watch.ts";

const path = "/pulumirpc.ResourceProvider/Cancel";
const same = (bytes: Buffer) => bytes;
const cancel: grpc.MethodDefinition<Buffer, Buffer> = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};

/** As the SDK's provider process makes its own. */
const server = new grpc.Server();
afterAll(() => server.forceShutdown());

test("the engine's Cancel is heard, and answered by whom it was sent to", async () => {
  const answer: grpc.handleUnaryCall<Buffer, Buffer> = (_call, done) => done(null, Buffer.from("answered"));
  server.addService({ cancel }, { cancel: answer });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const cancelled = watchCancel();
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const answered = new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, Buffer.alloc(0), (error, value) =>
      error ? reject(error) : resolve(value),
    );
  });
  expect(await cancelled).toBe("the run was cancelled");
  expect(String(await answered)).toBe("answered");
  client.close();
});
