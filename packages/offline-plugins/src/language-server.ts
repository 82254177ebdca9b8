import type grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { plugins } from "./manifest.ts";
import { newServer } from "./plugin-process.ts";

/** Who runs programs for the engine. */
export interface Programs {
  /** Runs the program to its end. Never answers success unless it has succeeded: resources would be deleted. */
  run(request: languagePb.RunRequest): Promise<languagePb.RunResponse>;
  cancel(): void;
  /** The engine that attaches says where it is. */
  attached?(engine: string): void;
}

type Reply = grpc.sendUnaryData<unknown>;

const { version = "" } = plugins.find(({ kind }) => kind === "language") ?? {};

/** Serves the language host protocol, as much of it as this engine asks of `pulumi-language-nodejs`. */
export function languageServer(programs: Programs): grpc.Server {
  const server = newServer();
  // What is missing here is answered UNIMPLEMENTED by the gRPC server, which the engine takes for an old plugin.
  server.addService(languageGrpc.LanguageRuntimeService, {
    handshake: (call: grpc.ServerUnaryCall<languagePb.LanguageHandshakeRequest, unknown>, reply: Reply) => {
      programs.attached?.(call.request.getEngineAddress());
      reply(null, new languagePb.LanguageHandshakeResponse());
    },
    getPluginInfo: (_: unknown, reply: Reply) => reply(null, new pluginPb.PluginInfo().setVersion(version)),
    // Empty is fine: the engine loads a provider when its first resource is registered.
    getRequiredPackages: (_: unknown, reply: Reply) => reply(null, new languagePb.GetRequiredPackagesResponse()),
    getRequiredPlugins: (_: unknown, reply: Reply) => reply(null, new languagePb.GetRequiredPluginsResponse()),
    about: (_: unknown, reply: Reply) => {
      reply(null, new languagePb.AboutResponse().setExecutable(process.execPath).setVersion(process.version));
    },
    run: (call: grpc.ServerUnaryCall<languagePb.RunRequest, languagePb.RunResponse>, reply: Reply) => {
      void programs.run(call.request).then((response) => reply(null, response));
    },
    cancel: (_: unknown, reply: Reply) => {
      programs.cancel();
      reply(null, new emptyPb.Empty());
    },
  });
  return server;
}
