import grpc from "@grpc/grpc-js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { engineAddress, newServer, type PluginProcess, serve } from "./plugin-process.ts";
import { fromStruct, type Properties, toStruct } from "./property-values.ts";

export type DiffKind = "ADD" | "ADD_REPLACE" | "DELETE" | "DELETE_REPLACE" | "UPDATE" | "UPDATE_REPLACE";

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: CheckFailure[];
}

export interface Difference {
  detailed: { [path: string]: DiffKind };
  replaces: string[];
  diffs: string[];
  stables?: string[];
  deleteBeforeReplace?: boolean;
}

/** Options the engine hands to Check for resources that name themselves. */
export interface NameChoice {
  seed: Uint8Array;
  proposed: string;
  disabled: boolean;
}

/** What every call knows about the resource it is about. */
export interface Subject {
  urn: string;
  name: string;
  preview: boolean;
  /** From `customTimeouts`; 0 = none. */
  timeoutSeconds: number;
  ignoreChanges: string[];
}

/** One resource type, as the engine drives it. */
export interface ResourceType {
  check(subject: Subject, olds: Properties, news: Properties, naming: NameChoice): Checked;
  diff(olds: Properties, news: Properties, ignoreChanges: string[]): Difference;
  create(subject: Subject, inputs: Properties): Promise<{ id: string; properties: Properties }>;
  update(subject: Subject, id: string, olds: Properties, news: Properties): Promise<Properties>;
  /** `undefined` = no longer there. */
  read(id: string, properties: Properties, inputs: Properties): Promise<Refreshed | undefined>;
  delete(subject: Subject, id: string, properties: Properties): Promise<void>;
}

export interface Refreshed {
  properties: Properties;
  inputs: Properties;
}

export interface Provider {
  name: string;
  version: string;
  /** Flags of Configure's answer; with `handshake` they are answered to Handshake too. */
  features: { acceptSecrets?: boolean; acceptResources?: boolean; acceptOutputs?: boolean; autonaming?: boolean };
  handshake: boolean;
  /** Not all official plugins have it, and the engine behaves differently without. It says nothing. */
  diffConfig: boolean;
  checkConfig(news: Properties): Checked;
  configure(config: Properties): void;
  types: { [type: string]: ResourceType };
  /** Stop running operations. */
  cancel(): void;
}

/** The resource exists but is not right: the engine records it, with the reason, and tries again next time. */
export class InitFailed extends Error {
  readonly id: string;
  readonly properties: Properties;
  constructor(message: string, id: string, properties: Properties) {
    super(message);
    this.id = id;
    this.properties = properties;
  }
}

type Handler = (request: any) => unknown;

/** @param engine the address of the engine that it serves */
export type MakeProvider = (engine: () => string) => Provider;

export interface ProviderServer extends PluginProcess {
  readonly server: grpc.Server;
}

/**
 * Serves the raw resource provider protocol. Each connection has a {@link Provider} of its own, as each of the engine's
 * provider resources has a process of its own otherwise: an engine that attaches makes one connection for each.
 */
export function providerServer(make: MakeProvider): ProviderServer {
  let running = 0;
  const sessions = new Map<string, { provider: Provider; handlers: { [method: string]: Handler } }>();
  const sessionOf = (peer: string) => {
    const known = sessions.get(peer);
    if (known) return known;
    let engine = engineAddress();
    const provider = make(() => engine);
    const attach = (request: pluginPb.PluginAttach) => {
      engine = request.getAddress();
      return new emptyPb.Empty();
    };
    const all: { [method: string]: Handler } = { ...handlers(provider), attach };
    const session = { provider, handlers: all };
    sessions.set(peer, session);
    return session;
  };
  const answer = (method: string) => (call: grpc.ServerUnaryCall<any, unknown>, reply: grpc.sendUnaryData<unknown>) => {
    running += 1;
    // Through a promise, so that a handler that throws is answered like one that rejects.
    Promise.resolve(call.request)
      .then((request) => sessionOf(call.getPeer()).handlers[method]?.(request))
      .then(
        (response) => reply(null, response),
        (error: unknown) => reply(asServiceError(error)),
      )
      .finally(() => {
        running -= 1;
      });
  };
  const server = newServer();
  const methods = Object.keys(sessionOf("").handlers);
  sessions.clear();
  server.addService(
    providerGrpc.ResourceProviderService,
    Object.fromEntries(methods.map((method) => [method, answer(method)])),
  );
  const stop = () => {
    for (const { provider } of sessions.values()) provider.cancel();
  };
  return { server, stop, idle: () => running === 0 };
}

/** Serves it to the one engine that has started this process. */
export function serveProvider(make: MakeProvider): void {
  const { server, ...lifecycle } = providerServer(make);
  serve(server, lifecycle);
}

function handlers(provider: Provider): { [method: string]: Handler } {
  const { features } = provider;
  const typeOf = (urn: string): ResourceType => {
    // urn:pulumi:<stack>::<project>::<parent type $...>type::<name>
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const found = provider.types[type];
    if (found) return found;
    const known = Object.keys(provider.types).join(", ");
    throw new Error(`the ${provider.name} stand-in has no resource type "${type}"; it has ${known}`);
  };
  const refuse = (what: string) => (request: { getTok(): string }) => {
    throw new Error(`the ${provider.name} stand-in has no ${what} (asked for "${request.getTok()}")`);
  };

  const all: { [method: string]: Handler } = {
    getPluginInfo: () => new pluginPb.PluginInfo().setVersion(provider.version),
    getSchema: () => new providerPb.GetSchemaResponse().setSchema("{}"),
    cancel: () => {
      provider.cancel();
      return new emptyPb.Empty();
    },
    invoke: refuse("functions"),
    call: refuse("methods"),
    checkConfig: (request: providerPb.CheckRequest) =>
      checkResponse(provider.checkConfig(fromStruct(request.getNews()))),
    configure: (request: providerPb.ConfigureRequest) => {
      provider.configure(fromStruct(request.getArgs()));
      const response = new providerPb.ConfigureResponse();
      response.setSupportspreview(true);
      response.setAcceptsecrets(features.acceptSecrets ?? false);
      response.setAcceptresources(features.acceptResources ?? false);
      response.setAcceptoutputs(features.acceptOutputs ?? false);
      response.setSupportsAutonamingConfiguration(features.autonaming ?? false);
      return response;
    },
    check: (request: providerPb.CheckRequest) => {
      const naming = request.getAutonaming();
      const choice: NameChoice = {
        seed: request.getRandomseed_asU8(),
        proposed: naming?.getProposedName() ?? "",
        disabled: naming?.getMode() === providerPb.CheckRequest.AutonamingOptions.Mode.DISABLE,
      };
      const type = typeOf(request.getUrn());
      const subject = { ...subjectOf(request), preview: false, timeoutSeconds: 0, ignoreChanges: [] };
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      return checkResponse(type.check(subject, olds, news, choice));
    },
    diff: (request: providerPb.DiffRequest) => {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      return diffResponse(typeOf(request.getUrn()).diff(olds, news, request.getIgnorechangesList()));
    },
    create: async (request: providerPb.CreateRequest) => {
      const type = typeOf(request.getUrn());
      const created = await type.create(
        { ...operationOf(request), ignoreChanges: [] },
        fromStruct(request.getProperties()),
      );
      return new providerPb.CreateResponse().setId(created.id).setProperties(toStruct(created.properties));
    },
    update: async (request: providerPb.UpdateRequest) => {
      const type = typeOf(request.getUrn());
      const olds = fromStruct(request.getOlds());
      const subject = { ...operationOf(request), ignoreChanges: request.getIgnorechangesList() };
      const outputs = await type.update(subject, request.getId(), olds, fromStruct(request.getNews()));
      return new providerPb.UpdateResponse().setProperties(toStruct(outputs));
    },
    read: async (request: providerPb.ReadRequest) => {
      const type = typeOf(request.getUrn());
      const state = fromStruct(request.getProperties());
      const found = await type.read(request.getId(), state, fromStruct(request.getInputs()));
      const response = new providerPb.ReadResponse();
      if (!found) return response;
      return response
        .setId(request.getId())
        .setProperties(toStruct(found.properties))
        .setInputs(toStruct(found.inputs));
    },
    delete: async (request: providerPb.DeleteRequest) => {
      const timeoutSeconds = request.getTimeout();
      const subject = { ...subjectOf(request), preview: false, timeoutSeconds, ignoreChanges: [] };
      await typeOf(request.getUrn()).delete(subject, request.getId(), fromStruct(request.getProperties()));
      return new emptyPb.Empty();
    },
  };
  if (provider.diffConfig) all.diffConfig = () => new providerPb.DiffResponse();
  if (provider.handshake) {
    all.handshake = () =>
      new providerPb.ProviderHandshakeResponse()
        .setAcceptSecrets(features.acceptSecrets ?? false)
        .setAcceptResources(features.acceptResources ?? false)
        .setAcceptOutputs(features.acceptOutputs ?? false);
  }
  return all;
}

function subjectOf(request: { getUrn(): string }): { urn: string; name: string } {
  const urn = request.getUrn();
  return { urn, name: urn.split("::").slice(3).join("::") };
}

function operationOf(request: providerPb.CreateRequest | providerPb.UpdateRequest): Omit<Subject, "ignoreChanges"> {
  return { ...subjectOf(request), preview: request.getPreview(), timeoutSeconds: request.getTimeout() };
}

function checkResponse(checked: Checked): providerPb.CheckResponse {
  const response = new providerPb.CheckResponse().setInputs(toStruct(checked.inputs));
  for (const failure of checked.failures) {
    response.addFailures(new providerPb.CheckFailure().setProperty(failure.property).setReason(failure.reason));
  }
  return response;
}

function diffResponse(difference: Difference): providerPb.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = providerPb.DiffResponse.DiffChanges;
  const response = new providerPb.DiffResponse()
    .setChanges(Object.keys(difference.detailed).length > 0 ? DIFF_SOME : DIFF_NONE)
    .setReplacesList(difference.replaces)
    .setDiffsList(difference.diffs)
    .setStablesList(difference.stables ?? [])
    .setDeletebeforereplace(difference.deleteBeforeReplace ?? false)
    .setHasdetaileddiff(true);
  for (const [path, kind] of Object.entries(difference.detailed)) {
    const detail = new providerPb.PropertyDiff().setKind(providerPb.PropertyDiff.Kind[kind]);
    response.getDetaileddiffMap().set(path, detail);
  }
  return response;
}

/** The engine finds the half-made resource of an {@link InitFailed} in the details of the gRPC status. */
function asServiceError(error: unknown): Partial<grpc.StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof InitFailed)) return { code: grpc.status.UNKNOWN, details: message };
  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.properties));
  detail.setReasonsList([message]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}
