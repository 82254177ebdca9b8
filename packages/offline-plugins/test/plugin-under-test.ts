import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import { plugins } from "../src/manifest.ts";

export type Json = { [key: string]: any };

/** A call's outcome, in the words of the engine's gRPC log. */
export interface Answer {
  response: Json | null;
  error: string | null;
  /** From the details of a failed create: what the engine would record all the same. */
  halfMade: { id: string; properties: Json; reasons: string[] } | null;
}

export interface PluginUnderTest {
  process: ChildProcess;
  /** Milliseconds until the port was printed. */
  startup: number;
  call(method: string, request: Json): Promise<Answer>;
  stop(): Promise<void>;
}

export function entryOf(name: string): string {
  const entry = plugins.find((plugin) => plugin.name === name)?.entry ?? "";
  return join(import.meta.dirname, "../src", entry);
}

/** Starts a resource plugin as the engine does and talks to it. */
export async function startPlugin(name: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const begun = performance.now();
  // No engine behind the address: log lines get lost, which no plugin may mind.
  const child = spawn(process.execPath, [entryOf(name), "127.0.0.1:1"], {
    stdio: ["ignore", "pipe", "inherit"],
    ...options,
  });
  const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const startup = performance.now() - begun;
  const client = new providerGrpc.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const plugin: PluginUnderTest = {
    process: child,
    startup,
    call: (method, request) => callProvider(client, method, request),
    async stop() {
      client.close();
      const ended = once(child, "exit");
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGINT")) await ended;
    },
  };
  return plugin;
}

function callProvider(client: InstanceType<typeof providerGrpc.ResourceProviderClient>, method: string, request: Json) {
  const name = method.charAt(0).toLowerCase() + method.slice(1);
  return new Promise<Answer>((answered) => {
    (client as Json)[name](requestOf(method, request), (error: grpc.ServiceError | null, response: Json) => {
      if (error) answered({ response: null, error: error.details, halfMade: halfMadeOf(error) });
      else answered({ response: jsonOf(method, response), error: null, halfMade: null });
    });
  });
}

const struct = (fields: Json | undefined) => structPb.Struct.fromJavaScript(fields ?? {});

function requestOf(method: string, from: Json): unknown {
  switch (method) {
    case "Cancel":
    case "GetPluginInfo":
      return new emptyPb.Empty();
    case "Handshake":
      return new providerPb.ProviderHandshakeRequest().setEngineAddress(from.engineAddress);
    case "CheckConfig":
    case "Check":
      return new providerPb.CheckRequest()
        .setUrn(from.urn)
        .setOlds(struct(from.olds))
        .setNews(struct(from.news))
        .setRandomseed(from.randomSeed ?? "");
    case "Configure":
      return new providerPb.ConfigureRequest().setArgs(struct(from.args)).setAcceptsecrets(true);
    case "DiffConfig":
    case "Diff":
      return new providerPb.DiffRequest()
        .setId(from.id ?? "")
        .setUrn(from.urn)
        .setOlds(struct(from.olds))
        .setNews(struct(from.news))
        .setOldInputs(struct(from.oldInputs))
        .setIgnorechangesList(from.ignoreChanges ?? []);
    case "Create":
      return new providerPb.CreateRequest()
        .setUrn(from.urn)
        .setProperties(struct(from.properties))
        .setPreview(from.preview ?? false)
        .setTimeout(from.timeout ?? 0);
    case "Update":
      return new providerPb.UpdateRequest()
        .setId(from.id)
        .setUrn(from.urn)
        .setOlds(struct(from.olds))
        .setNews(struct(from.news))
        .setOldInputs(struct(from.oldInputs))
        .setIgnorechangesList(from.ignoreChanges ?? [])
        .setPreview(from.preview ?? false)
        .setTimeout(from.timeout ?? 0);
    case "Read":
      return new providerPb.ReadRequest()
        .setId(from.id)
        .setUrn(from.urn)
        .setProperties(struct(from.properties))
        .setInputs(struct(from.inputs));
    case "Delete":
      return new providerPb.DeleteRequest()
        .setId(from.id)
        .setUrn(from.urn)
        .setProperties(struct(from.properties))
        .setOldInputs(struct(from.oldInputs))
        .setTimeout(from.timeout ?? 0);
    default:
      throw new Error(`the transcripts have no ${method} so far`);
  }
}

/** Protobuf's JSON form: values that equal their default are left out. */
function jsonOf(method: string, response: Json): Json {
  return withoutDefaults(plainResponse(method, response));
}

function plainResponse(method: string, response: any): Json {
  switch (method) {
    case "GetPluginInfo":
      return { version: response.getVersion() };
    case "Handshake":
      return {
        acceptSecrets: response.getAcceptSecrets(),
        acceptResources: response.getAcceptResources(),
        acceptOutputs: response.getAcceptOutputs(),
      };
    case "CheckConfig":
    case "Check":
      return {
        inputs: response.getInputs()?.toJavaScript(),
        failures: response.getFailuresList().map((failure: providerPb.CheckFailure) => failure.toObject()),
      };
    case "Configure":
      return {
        acceptSecrets: response.getAcceptsecrets(),
        supportsPreview: response.getSupportspreview(),
        acceptResources: response.getAcceptresources(),
        acceptOutputs: response.getAcceptoutputs(),
        supportsAutonamingConfiguration: response.getSupportsAutonamingConfiguration(),
      };
    case "DiffConfig":
    case "Diff":
      return {
        changes: nameOf(providerPb.DiffResponse.DiffChanges, response.getChanges()),
        replaces: response.getReplacesList(),
        stables: response.getStablesList(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
        diffs: response.getDiffsList(),
        detailedDiff: Object.fromEntries(
          response
            .getDetaileddiffMap()
            .toArray()
            .map(([path, kind]: [string, unknown[]]) => [path, kindOf(kind)]),
        ),
        hasDetailedDiff: response.getHasdetaileddiff(),
      };
    case "Create":
    case "Update":
    case "Read":
      return {
        id: response.getId?.(),
        properties: response.getProperties()?.toJavaScript(),
        inputs: response.getInputs?.()?.toJavaScript(),
      };
    default:
      return {};
  }
}

function kindOf(raw: unknown[]): Json {
  const kind = nameOf(providerPb.PropertyDiff.Kind, Number(raw[0] ?? 0));
  return { ...(kind === "ADD" ? {} : { kind }), ...(raw[1] ? { inputDiff: true } : {}) };
}

function nameOf(names: Json, wanted: number): string {
  return Object.keys(names).find((name) => names[name] === wanted) ?? String(wanted);
}

function withoutDefaults(json: Json): Json {
  const isDefault = (value: unknown) =>
    value === undefined ||
    value === "" ||
    value === false ||
    value === "DIFF_UNKNOWN" ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(json).filter(([, value]) => !isDefault(value)));
}

function halfMadeOf(error: grpc.ServiceError): Answer["halfMade"] {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  if (packed === undefined) return null;
  const status = statusPb.Status.deserializeBinary(packed as Buffer);
  const value = status.getDetailsList()[0]?.getValue_asU8() ?? new Uint8Array();
  const detail = providerPb.ErrorResourceInitFailed.deserializeBinary(value);
  const properties = detail.getProperties()?.toJavaScript() ?? {};
  return { id: detail.getId(), properties, reasons: detail.getReasonsList() };
}
