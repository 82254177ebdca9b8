/** Stand-in for `pulumi-resource-command` 1.2.1. */
import { enableCompileCache } from "node:module";

// Before anything else is loaded: every `pulumi` run starts this process, and compiling is half of its start.
enableCompileCache();
const [{ serveProvider }, { commandProvider }] = await Promise.all([
  import("../provider-server.ts"),
  import("./provider.ts"),
]);
serveProvider(commandProvider);
