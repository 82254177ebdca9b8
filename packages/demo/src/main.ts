/**
 * The demo: one shop, two colors, and everything that can happen to a release, on real parts and under traffic.
 * Options: `--platform kubernetes` (docker), `--keep` leaves the stack up at the end, `--rate N` sets the requests per
 * second (300).
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { count } from "@bluegreen/testkit/count";
import { descendants, root } from "@bluegreen/testkit/engine/pulumi";
import { acts } from "./acts.ts";
import { renderPage } from "./picture/page.ts";
import { renderPicture } from "./picture/picture.ts";
import { actsTable } from "./picture/table.ts";
import { isPlatform, platforms } from "./platform.ts";
import { Stage } from "./stage.ts";
import { play, type Story } from "./story.ts";

/** Time for a command that was interrupted to end by itself. */
const graceMs = 10_000;
const began = Date.now();

class Interrupted extends Error {}

process.exitCode = await main();

async function main(): Promise<number> {
  const { keep, rate, platform } = readArguments();
  const interrupted = interruption();
  let stage: Stage | undefined;
  try {
    const open = async () => {
      stage = await Stage.open(await platforms[platform](), say);
      return play(acts, { stage, rate, say });
    };
    const story = await Promise.race([open(), interrupted]);
    const files = await savePicture(story, { rate, platform, where: stage?.platform.where ?? platform });
    if (keep) say("the stack stays up");
    else await takeDown(stage);
    tell(story, files, keep ? stage : undefined);
    return story.broken.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(`✖ ${error instanceof Interrupted ? error.message : ((error as Error).stack ?? error)}`);
    if (error instanceof Interrupted) await endCommands();
    await takeDown(stage).catch((fault: Error) => console.error(`✖ ${fault.message}`));
    return error instanceof Interrupted ? 130 : 1;
  }
}

function readArguments() {
  const options = { keep: { type: "boolean" }, rate: { type: "string" }, platform: { type: "string" } } as const;
  const { keep = false, rate = "300", platform = "docker" } = parseArgs({ options }).values;
  if (!(Number(rate) >= 1)) throw new RangeError(`--rate is "${rate}"; it must be a number of requests per second`);
  if (!isPlatform(platform)) throw new RangeError(`--platform is "${platform}"; it must be docker or kubernetes`);
  return { keep, rate: Number(rate), platform };
}

async function savePicture(
  { report, acts, events }: Story,
  { rate, platform, where }: { rate: number; platform: string; where: string },
): Promise<{ html: string; svg: string }> {
  const input = {
    title: `Guarded blue-green cutovers under traffic: ${where}`,
    subtitle: `${rate} requests per second through the live address, on new and kept-alive connections, no retries`,
    report,
    acts,
    events,
  };
  const folder = join(root, ".bluegreen", "demo");
  await mkdir(folder, { recursive: true });
  const name = platform === "docker" ? "cutover" : `cutover-${platform}`;
  const files = { html: join(folder, `${name}.html`), svg: join(folder, `${name}.svg`) };
  await writeFile(files.html, renderPage(input));
  await writeFile(files.svg, renderPicture(input));
  return files;
}

async function takeDown(stage: Stage | undefined): Promise<void> {
  if (!stage) return;
  say("taking the stack down");
  const left = await stage.close();
  if (left.length > 0) throw new Error(`the stack is destroyed, and this is still there: ${left.join(", ")}`);
}

function tell({ acts, report, broken }: Story, files: { html: string; svg: string }, kept: Stage | undefined): void {
  console.log(`\n${actsTable(acts)}`);
  console.log(`picture: ${files.html}`);
  if (kept) {
    console.log(`\nThe stack is up at ${kept.url}; ${acts.at(-1)?.router} is live. Now by hand:`);
    for (const hint of kept.platform.hints) console.log(`  ${hint}`);
    console.log("  npm run pulumi -- config set activeColor green");
    console.log("  npm run pulumi -- up");
    console.log("  npm run clean        removes all of it");
  }
  console.log("");
  for (const line of broken) console.log(`✖ ${line}`);
  const verdict = broken.length === 0 ? "everything happened as it should" : "NOT everything happened as it should";
  const { p99Ms, maxMs } = report.lateness;
  console.log(
    `${verdict}; requests were sent on schedule (99% within ${p99Ms.toFixed(1)} ms, all ${maxMs.toFixed(1)} ms)`,
  );
  for (const [i, act] of acts.entries()) {
    const whose = act.failed > 0 && broken.length === 0 ? ", all by the release that breaks" : "";
    console.log(`act ${i + 1} ${act.name}: ${count(act.sent)} requests sent, ${count(act.failed)} failed${whose}`);
  }
}

/** Rejects on Ctrl-C or SIGTERM, once; cleaning up is not interrupted by a second one. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => reject(new Interrupted(`interrupted by ${signal}, cleaning up`)));
    }
  });
}

/** Ends what this process has started, the Pulumi CLI in its own way. */
async function endCommands(): Promise<void> {
  const signalAll = (signal: NodeJS.Signals) => {
    for (const pid of descendants(process.pid)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended in the meantime.
      }
    }
  };
  signalAll("SIGINT");
  for (const end = Date.now() + graceMs; descendants(process.pid).length > 0 && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  signalAll("SIGKILL");
}

function say(text: string): void {
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}
