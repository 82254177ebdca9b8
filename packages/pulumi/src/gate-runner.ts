import { runGate } from "./gate/runner.ts";

/** Entry of the process that `command.local.Command` starts for each gate; `BLUEGREEN_GATE` says which. */
export async function main(): Promise<void> {
  process.exitCode = await runGate(process.env.BLUEGREEN_GATE ?? "");
}
