import { docker } from "@bluegreen/testkit/docker/engine";
import type { Answer } from "../../../packages/pulumi/dist/contracts/answer.js";
import { openTunnel } from "../../../packages/pulumi/dist/docker/tunnel.js";
import { request } from "../../../packages/pulumi/dist/io/http-request.js";
import { apiOf } from "./docker-api.ts";

/** One request to the router's admin API, as a person on the Docker host can make it. */
export async function askAdmin(
  container: string,
  path: string,
  method = "GET",
  body?: object,
  engine: typeof docker = docker,
): Promise<Answer> {
  const tunnel = await openTunnel(apiOf(engine), container, "127.0.0.1", 2019);
  try {
    return await request({
      host: "127.0.0.1",
      port: 2019,
      path,
      method,
      headers: { "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
      timeoutMs: 10_000,
      createConnection: () => tunnel,
    });
  } finally {
    tunnel.destroy();
  }
}
