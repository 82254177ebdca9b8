import { runGate } from "./gates/runner.ts";

/** Time for what was started to be ended. Milliseconds. */
const lingerMs = 2_000;

/** Entry of the process that `command.local.Command` starts for each gate; `BLUEGREEN_GATE` says which. */
export async function main(): Promise<void> {
  process.exitCode = await runGate(process.env.BLUEGREEN_GATE ?? "");
  // A gate that was ended may be in the middle of a look.
  setTimeout(() => process.exit(), lingerMs).unref();
}
