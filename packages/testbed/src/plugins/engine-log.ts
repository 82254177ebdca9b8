import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** Sends lines to the engine's display. */
export interface EngineLog {
  /** A line that replaces the last one beside the resource and is gone when the resource is done. */
  status(urn: string, message: string): void;
  /** Resolves when every line handed over so far has been delivered or refused. */
  flush(): Promise<void>;
}

/** Lazy: most runs never log, and a connection costs time. */
export function engineLog(address: () => string): EngineLog {
  let client: InstanceType<typeof engineGrpc.EngineClient> | undefined;
  let sent: Promise<void> = Promise.resolve();
  return {
    status(urn, message) {
      client ??= new engineGrpc.EngineClient(address(), grpc.credentials.createInsecure());
      const line = new enginePb.LogRequest();
      line.setSeverity(enginePb.LogSeverity.INFO);
      line.setUrn(urn);
      line.setMessage(message);
      line.setEphemeral(true);
      const previous = sent;
      const connected = client;
      // One after the other, or the display would show the lines in any order. A lost line must not fail a command.
      sent = previous.then(() => new Promise<void>((done) => void connected.log(line, () => done())));
    },
    flush: () => sent,
  };
}
