import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import type { Output } from "./output.ts";

/** Runs programs in this process, one after the other, as the SDK's Automation API runs them and `cmd/run` tells of errors. */
export class AttachedPrograms {
  readonly #output: Output;
  #runs = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  async run(request: languagePb.RunRequest): Promise<languagePb.RunResponse> {
    const response = new languagePb.RunResponse();
    const info = request.getInfo();
    if (!info) return response.setError("the engine sent no program info; it is too old for this host");
    const folder = info.getProgramDirectory();
    const sdk = sdkOf(folder);
    this.#runs += 1;
    const main = `${pathToFileURL(join(folder, info.getEntryPoint())).href}?run=${this.#runs}`;
    return sdk.state.withLocalStorage(async () => {
      sdk.settings.resetOptions(
        request.getProject(),
        request.getStack(),
        request.getParallel(),
        this.#output.engine,
        request.getMonitorAddress(),
        request.getDryrun(),
        request.getOrganization(),
      );
      const config = Object.fromEntries(request.getConfigMap().entries() as Iterable<[string, string]>);
      sdk.config.setAllConfig(config, request.getConfigsecretkeysList());
      const told = new Set<unknown>();
      // In the context of this run, wherever the error comes from.
      const tell = AsyncLocalStorage.bind((error: unknown) => {
        if (told.has(error)) return;
        told.add(error);
        tellOf(sdk, main.replace(/^file:\/\/|\?run=\d+$/g, ""), error);
      });
      const others = instead(tell);
      try {
        await sdk.stack.runInPulumiStack(async () => exported(await import(main)));
        await sdk.settings.disconnect(true);
      } catch (error) {
        tell(error);
        await sdk.settings.disconnect(false).catch(tell);
      } finally {
        others();
      }
      return response.setBail(told.size > 0 || sdk.log.hasErrors());
    });
  }
}

const uncaught = ["uncaughtException", "unhandledRejection"] as const;

/** Those who listen in this process besides, the SDK's provider among them, would tell of a program's error once more. */
function instead(tell: (error: unknown) => void): () => void {
  const before = uncaught.map((event) => [event, process.listeners(event as "uncaughtException")] as const);
  for (const event of uncaught) process.removeAllListeners(event).on(event, tell);
  return () => {
    for (const event of uncaught) process.removeAllListeners(event);
    for (const [event, listeners] of before) for (const listener of listeners) process.on(event, listener);
  };
}

/** What `cmd/run` takes for the stack's outputs. */
function exported(module: Record<string, unknown>): unknown {
  const made = "default" in module ? module.default : module;
  return typeof made === "function" ? made() : made;
}

/** As `cmd/run` does. */
function tellOf(sdk: Sdk, program: string, error: unknown): void {
  if (sdk.errors.RunError.isInstance(error)) sdk.log.error(error.message);
  else if (sdk.errors.ResourceError.isInstance(error)) {
    sdk.log.error(error.hideStack ? error.message : sdk.message.defaultErrorMessage(error), error.resource);
  } else {
    const message = sdk.message.defaultErrorMessage(error);
    sdk.log.error(`Running program '${program}' failed with an unhandled exception:\n${message}`);
  }
}

/** What of `@pulumi/pulumi` its own runner uses. */
interface Sdk {
  state: { withLocalStorage<T>(run: () => Promise<T>): Promise<T> };
  settings: {
    /** Project, stack, parallel, engine, monitor, preview, organization. */
    resetOptions(...of: [string, string, number, string, string, boolean, string]): void;
    disconnect(signalShutdown: boolean): Promise<void>;
  };
  config: { setAllConfig(config: Record<string, string>, secretKeys: string[]): void };
  stack: { runInPulumiStack(program: () => unknown): Promise<unknown> };
  log: typeof import("@pulumi/pulumi/log/index.js");
  errors: typeof import("@pulumi/pulumi/errors.js");
  message: { defaultErrorMessage(error: unknown): string };
}

/** The program's own. */
function sdkOf(folder: string): Sdk {
  const require = createRequire(join(folder, "index.js"));
  const part = (path: string) => require(`@pulumi/pulumi/${path}`);
  return {
    state: part("runtime/state"),
    settings: part("runtime/settings"),
    config: part("runtime/config"),
    stack: part("runtime/stack"),
    log: part("log"),
    errors: part("errors"),
    message: part("cmd/run/error"),
  };
}
