import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** Sends lines to the engine's display. */
export interface EngineLog {
  /** A line that replaces the last one beside the resource and is gone when the resource is done. */
  status(urn: string, message: string): void;
  /** What a process of the engine's own would have written to that stream. The engine puts together what one wrote. */
  written(stream: number, text: string): void;
  /** Resolves when every line handed over so far has been delivered or refused. */
  flush(): Promise<void>;
  close(): void;
}

/** Lazy: most runs never log, and a connection costs time. */
export function engineLog(address: () => string): EngineLog {
  let client: InstanceType<typeof engineGrpc.EngineClient> | undefined;
  let sent: Promise<void> = Promise.resolve();
  const send = (message: string, of: (line: enginePb.LogRequest) => void) => {
    client ??= new engineGrpc.EngineClient(address(), grpc.credentials.createInsecure());
    const line = new enginePb.LogRequest();
    line.setSeverity(enginePb.LogSeverity.INFO);
    line.setMessage(message);
    of(line);
    const connected = client;
    // One after the other, or the display would show the lines in any order. A lost line must not fail a command.
    sent = sent.then(() => new Promise<void>((done) => void connected.log(line, () => done())));
  };
  return {
    status: (urn, message) =>
      send(message, (line) => {
        line.setUrn(urn);
        line.setEphemeral(true);
      }),
    written: (stream, text) => send(text, (line) => line.setStreamid(stream)),
    flush: () => sent,
    close: () => client?.close(),
  };
}
