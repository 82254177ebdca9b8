import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/** The engine shows what its own children write; what this process writes is sent to it instead. */
export class Output {
  #client: InstanceType<typeof engineGrpc.EngineClient> | undefined;
  #address = "";
  #sent: Promise<void> = Promise.resolve();

  /** The engine that has attached last; one at a time. */
  set engine(address: string) {
    if (address === this.#address) return;
    this.#address = address;
    this.#client?.close();
    this.#client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Takes over what this process writes to both of its streams from now on. */
  capture(): void {
    // The engine tells streams apart by number, and puts together what comes from one.
    for (const [stream, id] of [
      [process.stdout, 1],
      [process.stderr, 2],
    ] as const) {
      stream.write = ((text: string | Uint8Array, ...rest: unknown[]) => {
        this.#send(typeof text === "string" ? text : Buffer.from(text).toString("utf8"), id);
        const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
        done?.();
        return true;
      }) as typeof stream.write;
    }
  }

  /** Resolves when all that was written so far has been delivered or refused. */
  flush(): Promise<void> {
    return this.#sent;
  }

  #send(text: string, stream: number): void {
    const client = this.#client;
    if (!client) return;
    const line = new enginePb.LogRequest();
    line.setSeverity(enginePb.LogSeverity.INFO);
    line.setMessage(text);
    line.setStreamid(stream);
    this.#sent = this.#sent.then(() => new Promise((done) => void client.log(line, () => done())));
  }
}
