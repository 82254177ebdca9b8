/**
 * Everything that can go wrong, tried: each row's fault strikes a cutover at its step, on real parts and under steady
 * traffic, once with the wish kept and once with the wish reverted.
 * Options: `--platform kubernetes` (docker), `--only <text>` the rows whose sentence has it, `--sharp` the few that
 * every test run plays.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../engine/pulumi.ts";
import { isPlatform, type PlatformName } from "./ground.ts";
import { type Played, play } from "./play.ts";
import { type Row, rowsOn, sentence } from "./rows.ts";
import { Stage } from "./stage.ts";
import { type Line, table } from "./table.ts";

const began = Date.now();
process.exitCode = await main();

async function main(): Promise<number> {
  const { platform, only, sharp } = readArguments();
  const wanted = rowsOn(platform).filter((row) => (!sharp || row.sharp) && sentence(row).includes(only));
  if (wanted.length === 0) throw new RangeError(`--only is "${only}", and no row on ${platform} has that in it`);
  say(`${wanted.length} rows on ${platform}; both colors come up`);
  const stage = await Stage.open(platform);
  const lines: Line[] = [];
  try {
    await Promise.race([playAll(stage, wanted, lines), interruption()]);
  } finally {
    say("taking the stack down");
    await stage.close();
  }
  return tell(platform, lines);
}

async function playAll(stage: Stage, wanted: readonly Row[], lines: Line[]): Promise<void> {
  for (const row of wanted) {
    const played: Played[] = [];
    const broken: string[] = [];
    lines.push({ row, played, broken });
    for (const afterwards of ["kept", "reverted"] as const) {
      const one = await play(stage, row, afterwards).catch(async (error: Error) => {
        await stage.recover();
        return error;
      });
      if (one instanceof Error) {
        broken.push(`${sentence(row)}; wish ${afterwards}: ${one.message}`);
        say(`✖ ${broken.at(-1)}`);
        continue;
      }
      played.push(one);
      say(
        `${one.broken.length > 0 ? "✖" : "✔"} ${sentence(row)}; wish ${afterwards}: ${one.failed} of ${one.sent} requests failed`,
      );
      if (one.allowed.words) say(`    at most ${one.allowed.requests} may: ${one.allowed.words}`);
      for (const problem of one.broken) {
        say(`    ✖ ${problem}`);
        broken.push(`${sentence(row)}; wish ${afterwards}: ${problem}`);
      }
      if (one.broken.length > 0) say(`the run that was struck\n${one.struck.output}\nthe next one\n${one.next.output}`);
    }
  }
}

function readArguments() {
  const options = { platform: { type: "string" }, only: { type: "string" }, sharp: { type: "boolean" } } as const;
  const { platform = "docker", only = "", sharp = false } = parseArgs({ options }).values;
  if (!isPlatform(platform)) throw new RangeError(`--platform is "${platform}"; it must be docker or kubernetes`);
  return { platform, only, sharp };
}

async function tell(platform: PlatformName, lines: readonly Line[]): Promise<number> {
  const drawn = table(lines);
  const folder = join(root, ".bluegreen");
  const path = join(folder, `faults-${platform}.md`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${drawn}\n`);
  const broken = lines.flatMap((line) => line.broken);
  console.log(`\n${drawn}\n\ntable: ${path}`);
  for (const line of broken) console.log(`✖ ${line}`);
  const verdict = broken.length === 0 ? "the promise was kept in every row" : "the promise was NOT kept";
  console.log(`${verdict}: ${lines.length} rows on ${platform}, each with both ends, in ${seconds()} s`);
  return broken.length > 0 ? 1 : 0;
}

/** Rejects on Ctrl-C or SIGTERM, once; taking the stack down is not interrupted by a second one. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => reject(new Error(`interrupted by ${signal}`)));
    }
  });
}

function say(text: string): void {
  console.log(`${seconds().padStart(6)} s  ${text}`);
}

function seconds(): string {
  return ((Date.now() - began) / 1000).toFixed(1);
}
