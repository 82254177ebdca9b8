import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";

/** Each line stays in the log of a run that nobody watches. Milliseconds. */
const everyMs = 10_000;

/** Lines beside a resource while it is worked on, at the engine that this process serves. None of them is kept. */
export class Progress {
  private readonly urn: string | undefined;
  private readonly engine: string | undefined;
  private sent: Promise<void> = Promise.resolve();
  private toldAt = Number.NEGATIVE_INFINITY;
  private client: Promise<EngineClient> | null = null;

  /** Without an engine (tests, benchmarks) nothing is told. */
  constructor(urn: string | undefined, engine = process.argv[2]) {
    this.urn = urn;
    this.engine = /^[\w.[\]:]+:\d+$/.test(engine ?? "") ? engine : undefined;
  }

  /** A new step is told at once, how it goes every ten seconds. */
  tell(line: string, begins = false): void {
    if (this.urn === undefined || this.engine === undefined) return;
    if (!begins && performance.now() - this.toldAt < everyMs) return;
    this.toldAt = performance.now();
    // One after the other; a line that gets lost is no reason to fail.
    this.sent = this.sent.then(() => this.send(line)).catch(() => {});
  }

  /** Once every line has been sent. */
  async close(): Promise<void> {
    await this.sent;
    (await this.client?.catch(() => null))?.close();
    this.client = null;
  }

  private async send(text: string): Promise<void> {
    const { default: messages } = await import("@pulumi/pulumi/proto/engine_pb.js");
    this.client ??= connect(this.engine as string);
    const client = await this.client;
    const line = new messages.LogRequest();
    line.setSeverity(messages.LogSeverity.INFO);
    line.setUrn(this.urn as string);
    line.setMessage(text);
    line.setEphemeral(true);
    await new Promise<void>((resolve) => void client.log(line, () => resolve()));
  }
}

async function connect(address: string): Promise<EngineClient> {
  const [{ credentials }, { default: engine }] = await Promise.all([
    import("@grpc/grpc-js"),
    import("@pulumi/pulumi/proto/engine_grpc_pb.js"),
  ]);
  return new engine.EngineClient(address, credentials.createInsecure());
}
