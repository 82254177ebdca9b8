import { createRequire } from "node:module";
import type grpc from "@grpc/grpc-js";
import type pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import type { Output } from "./output.ts";

type Handler = (call: grpc.ServerUnaryCall<pluginPb.PluginAttach, unknown>, reply: grpc.sendUnaryData<unknown>) => void;

/**
 * The SDK's own provider of dynamic resources, in this process: it serves as soon as it is loaded, and prints its port. It
 * knows no `Attach`, which is added.
 * @param folder of the program: which `@pulumi/pulumi` it is
 */
export async function serveDynamicProvider(folder: string, output: Output): Promise<number> {
  const require = createRequire(`${folder}/index.js`);
  const sdk = createRequire(require.resolve("@pulumi/pulumi"));
  const { Server } = sdk("@grpc/grpc-js") as typeof grpc;
  const { addService } = Server.prototype;
  const print = console.log;
  // What dynamic resources are made of looks for the engine's address among the arguments; it is not to find one as it is
  // loaded, or it would end with that engine.
  process.argv[2] = "attached";
  await import(require.resolve("@bluegreen/pulumi/provider"));
  try {
    return await new Promise<number>((resolve) => {
      Server.prototype.addService = function (service, implementation) {
        addService.call(this, service, { ...wrapped(implementation, output), attach: attachTo(output) });
      };
      console.log = (port: string) => resolve(Number(port));
      require("@pulumi/pulumi/cmd/dynamic-provider");
    });
  } finally {
    Server.prototype.addService = addService;
    console.log = print;
    // It maps stacks back to TypeScript, and the SDK takes one for every promise: a fifth of what a run costs here.
    Error.prepareStackTrace = undefined as never;
  }
}

const attachTo =
  (output: Output): Handler =>
  (call, reply) => {
    output.engine = call.request.getAddress();
    reply(null, new emptyPb.Empty());
  };

/** What a call has printed is shown before its answer is there: with the last one the engine may end. */
function wrapped(implementation: grpc.UntypedServiceImplementation, output: Output) {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(implementation));
  const handlers = names.map((name) => {
    const handler = (implementation[name] as Handler).bind(implementation);
    const then: Handler = (call, reply) =>
      handler(call, (...answer) => void output.flush().then(() => reply(...answer)));
    return [name, then] as const;
  });
  return Object.fromEntries(handlers.filter(([name]) => name !== "constructor"));
}
