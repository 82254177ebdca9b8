import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listen } from "../src/plugin-process.ts";
import { fromStruct, toStruct } from "../src/property-values.ts";
import { type ProviderServer, providerServer } from "../src/provider-server.ts";

/** As an engine attaches: one connection for each of its provider resources. */
class Connection {
  readonly #client: InstanceType<typeof providerGrpc.ResourceProviderClient>;

  constructor(port: number) {
    const alone = { "grpc.use_local_subchannel_pool": 1 };
    const address = `127.0.0.1:${port}`;
    this.#client = new providerGrpc.ResourceProviderClient(address, grpc.credentials.createInsecure(), alone);
  }

  attach(engine: string): Promise<unknown> {
    const request = new pluginPb.PluginAttach().setAddress(engine);
    return new Promise((resolve, reject) => {
      this.#client.attach(request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  check(news: Record<string, string>): Promise<unknown> {
    const request = new providerPb.CheckRequest().setNews(toStruct(news));
    return new Promise((resolve, reject) => {
      this.#client.checkConfig(request, (error, answer) =>
        error ? reject(error) : resolve(fromStruct(answer.getInputs())),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

describe("plugins that engines attach to", () => {
  let served: ProviderServer;
  const connections: Connection[] = [];
  beforeAll(async () => {
    let made = 0;
    served = providerServer((engine) => {
      made += 1;
      const number = `${made}`;
      return {
        name: "counted",
        version: "1.0.0",
        features: {},
        handshake: false,
        diffConfig: false,
        checkConfig: (news) => ({ inputs: { ...news, number, engine: engine() }, failures: [] }),
        configure: () => {},
        types: {},
        cancel: () => {},
      };
    });
    const port = await listen(served.server);
    connections.push(new Connection(port), new Connection(port));
  });
  afterAll(() => {
    for (const connection of connections) connection.close();
    served.server.forceShutdown();
  });

  it("are another provider for each connection, which knows its engine", async () => {
    const [first, second] = connections as [Connection, Connection];
    await first.attach("127.0.0.1:1");
    await second.attach("127.0.0.1:2");
    const seen = [
      await first.check({ host: "a" }),
      await second.check({ host: "b" }),
      await first.check({ host: "c" }),
    ];
    expect(seen).toMatchObject([
      { host: "a", engine: "127.0.0.1:1" },
      { host: "b", engine: "127.0.0.1:2" },
      { host: "c", engine: "127.0.0.1:1" },
    ]);
    const numbers = seen.map((one) => (one as { number: string }).number);
    expect(numbers[0]).toBe(numbers[2]);
    expect(numbers[0]).not.toBe(numbers[1]);
  });
});
