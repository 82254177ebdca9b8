/** Stand-in for `pulumi-resource-kubernetes` 4.34.2, against a real Kubernetes API server. */
import { enableCompileCache } from "node:module";

// Before anything else is loaded: every `pulumi` run starts this process, and compiling is half of its start.
enableCompileCache();
const [{ serveProvider }, { kubernetesProvider }] = await Promise.all([
  import("../provider-server.ts"),
  import("./provider.ts"),
]);
serveProvider(kubernetesProvider());
