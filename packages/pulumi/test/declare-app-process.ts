import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Around, Graph } from "./declare-app.ts";

export type { Graph, Registered } from "./declare-app.ts";

/** Mocks prove which resources are declared and with what, and nothing of what they do. */
export async function declareApp(change: object = {}, around: Around = {}): Promise<Graph> {
  const file = new URL("declare-app.ts", import.meta.url).pathname;
  const args = [file, JSON.stringify(change), JSON.stringify(around)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Graph;
}
