import type { docker } from "@bluegreen/testkit/docker/engine";
import { connectDocker } from "../../../packages/pulumi/dist/docker/client.js";

/** The library's own client for the engine that a bed asks by its socket. */
export const apiOf = (engine: typeof docker) =>
  connectDocker(`unix://${(engine.modem as unknown as { socketPath: string }).socketPath}`);
