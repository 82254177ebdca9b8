/**
 * All stand-ins in one process that lives as long as a project: engines attach to it (`PULUMI_DEBUG_PROVIDERS`,
 * `PULUMI_DEBUG_LANGUAGES`), so that a run starts no Node process, where it would start five. It runs in the program's
 * folder, and prints the ports as JSON.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
const { commandProvider } = await import("../command/provider.ts");
const { dockerProvider } = await import("../docker/provider.ts");
const { languageServer } = await import("../language-server.ts");
const { endWithParent, listen } = await import("../plugin-process.ts");
const { providerServer } = await import("../provider-server.ts");
const { serveDynamicProvider } = await import("./dynamic-provider.ts");
const { Output } = await import("./output.ts");
const { AttachedPrograms } = await import("./program.ts");

const output = new Output();
const programs = new AttachedPrograms(output);
const language = languageServer({
  run: async (request) => {
    const response = await programs.run(request);
    await output.flush();
    return response;
  },
  cancel: () => {},
  attached: (engine) => {
    output.engine = engine;
  },
});
const ports = {
  language: await listen(language),
  docker: await listen(providerServer(dockerProvider).server),
  command: await listen(providerServer(commandProvider).server),
  "pulumi-nodejs": await serveDynamicProvider(process.cwd(), output),
};
process.stdout.write(`${JSON.stringify(ports)}\n`);
output.capture();
endWithParent(() => {});
