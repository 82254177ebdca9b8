import { Problem } from "../problem.mjs";
import { program } from "./programs.mjs";

const platforms = ["docker", "kubernetes"];
const limitMs = 90 * 60_000;
/** Interrupted, it takes its stack down. */
const graceMs = 120_000;

/** `faults [--platform docker|kubernetes] [options of the table]`; both platforms, one after the other, unless one is named. */
export async function faults({ args, progress }) {
  const { named, rest } = readPlatform(args);
  let worst = 0;
  for (const platform of named ? [named] : platforms) {
    const onCluster = platform === "kubernetes";
    const given = [...rest, "--platform", platform];
    const { exit } = await program({ file: "faults/src/main.ts", args: given, progress, limitMs, graceMs, onCluster });
    worst = Math.max(worst, exit);
  }
  return { exit: worst };
}

function readPlatform(args) {
  const at = args.findIndex((arg) => /^--platform(=|$)/.test(arg));
  if (at === -1) return { rest: args };
  const inline = args[at].startsWith("--platform=");
  const named = inline ? args[at].slice("--platform=".length) : args[at + 1];
  if (!platforms.includes(named)) {
    throw new Problem(`--platform is "${named ?? ""}"`, {
      fix: `choose ${platforms.join(" or ")}, or leave it out for both`,
    });
  }
  return { named, rest: args.toSpliced(at, inline ? 1 : 2) };
}
