import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../docker/free-port.ts";
import { dataFolder, startServer } from "./server.ts";

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

const user = "prometheus";

/** Prometheus as Debian packages it, on loopback; asks each target (`host:port`) for `/metrics` ten times a second. */
export async function startPrometheus(targets: readonly string[]): Promise<Prometheus> {
  const program = process.env.BLUEGREEN_PROMETHEUS;
  if (!program) throw new Error("BLUEGREEN_PROMETHEUS is not set: run this by packages/bootstrap/main.mjs exec");
  const [port, folder] = await Promise.all([freePort(), dataFolder(user)]);
  const config = join(folder, "prometheus.json");
  const global = { scrape_interval: "100ms", scrape_timeout: "100ms" };
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({ global, scrape_configs: [{ job_name: "shop", static_configs: [{ targets }] }] }),
  );
  const url = `http://127.0.0.1:${port}`;
  const options = { "config.file": config, "storage.tsdb.path": "data", "web.listen-address": `127.0.0.1:${port}` };
  const stop = await startServer(
    {
      command: [program, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)],
      user,
      signal: "SIGTERM",
      answers: () => isReady(url),
    },
    folder,
  );
  return { url, stop };
}

async function isReady(url: string): Promise<void> {
  const { status } = await fetch(`${url}/-/ready`);
  if (status !== 200) throw new Error(`it answers with ${status}`);
}
