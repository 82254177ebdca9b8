/** Stand-in for `pulumi-resource-docker` 5.2.0, against the real Docker Engine. */
import { enableCompileCache } from "node:module";

// Before anything else is loaded: every `pulumi` run starts this process, and compiling is half of its start.
enableCompileCache();
const [{ serveProvider }, { dockerProvider }] = await Promise.all([
  import("../provider-server.ts"),
  import("./provider.ts"),
]);
serveProvider(dockerProvider);
