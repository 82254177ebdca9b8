/**
 * Everything that can go wrong, tried: each row's fault strikes a cutover at its step, on real parts and under steady
 * traffic, once with the wish kept and once with the wish reverted.
 * Options: `--platform kubernetes` (docker), `--only <text>` the rows whose sentence has it, `--rows 10-20` those with
 * these numbers.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "@bluegreen/testkit/engine/pulumi";
import { type AppName, apps } from "./app.ts";
import { isPlatform, type PlatformName } from "./ground.ts";
import { describeLoss } from "./loss.ts";
import { type Played, play } from "./play.ts";
import { rowsOn, sentence } from "./rows.ts";
import { Stage } from "./stage.ts";
import { type Line, type Numbered, table } from "./table.ts";

const began = Date.now();

class Interrupted extends Error {}

process.exitCode = await main();

async function main(): Promise<number> {
  const { platform, wanted } = readArguments();
  const lines: Line[] = [];
  const interrupted = interruption();
  // Also while no row is played, which is when nobody waits for it.
  interrupted.catch(() => {});
  let cut = "";
  try {
    for (const app of Object.keys(apps) as AppName[]) {
      const rows = wanted.filter((row) => row.app === app);
      if (rows.length > 0) await playOn(platform, app, rows, lines, interrupted);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    cut = `${error.message}, and only ${lines.length} of ${wanted.length} rows begun`;
  }
  return tell(platform, lines, cut);
}

/** A stage of its own for each kind of app. */
async function playOn(
  platform: PlatformName,
  app: AppName,
  rows: readonly Numbered[],
  lines: Line[],
  interrupted: Promise<never>,
): Promise<void> {
  say(`${rows.length} rows of ${apps[app].words} on ${platform}; both colors come up`);
  const stage = await Stage.open(platform, app);
  try {
    await Promise.race([playAll(stage, rows, lines), interrupted]);
  } finally {
    say("taking the stack down");
    await stage.close();
  }
}

async function playAll(stage: Stage, wanted: readonly Numbered[], lines: Line[]): Promise<void> {
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
      const sign = one.broken.length > 0 ? "✖" : "✔";
      say(`${sign} ${sentence(row)}; wish ${afterwards}: ${describeLoss(one.loss)}`);
      if (one.allowed.words) say(`    at most ${one.allowed.limit} may be lost: ${one.allowed.words}`);
      for (const problem of one.broken) {
        say(`    ✖ ${problem}`);
        broken.push(`${sentence(row)}; wish ${afterwards}: ${problem}`);
      }
      if (one.broken.length > 0) say(`the run that was struck\n${one.struck.output}\nthe next one\n${one.next.output}`);
    }
  }
}

function readArguments() {
  const options = { platform: { type: "string" }, only: { type: "string" }, rows: { type: "string" } } as const;
  const { platform = "docker", only = "", rows = "1-" } = parseArgs({ options }).values;
  if (!isPlatform(platform)) throw new RangeError(`--platform is "${platform}"; it must be docker or kubernetes`);
  const [, from, to] = /^(\d+)-(\d*)$/.exec(rows) ?? [];
  if (from === undefined) throw new RangeError(`--rows is "${rows}"; it must be two numbers of rows, such as 10-20`);
  const numbered = rowsOn(platform).map((row, i) => ({ ...row, number: i + 1 }));
  const inRange = numbered.filter(({ number }) => number >= Number(from) && number <= (Number(to) || number));
  const wanted = inRange.filter((row) => sentence(row).includes(only));
  if (wanted.length === 0) throw new RangeError(`no row of ${rows} on ${platform} has "${only}" in it`);
  return { platform, wanted };
}

async function tell(platform: PlatformName, lines: readonly Line[], cut: string): Promise<number> {
  const drawn = table(lines);
  const folder = join(root, ".bluegreen");
  const path = join(folder, `faults-${platform}.md`);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${drawn}\n`);
  const broken = [...lines.flatMap((line) => line.broken), ...(cut ? [cut] : [])];
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
      process.on(signal, () => reject(new Interrupted(`interrupted by ${signal}`)));
    }
  });
}

function say(text: string): void {
  console.log(`${seconds().padStart(6)} s  ${text}`);
}

function seconds(): string {
  return ((Date.now() - began) / 1000).toFixed(1);
}
