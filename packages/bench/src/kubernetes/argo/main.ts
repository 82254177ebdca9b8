/**
 * A release that dies after the switch, under Argo Rollouts and under ours: the new version answers, then its processes
 * exit 8 s after their start, again and again. Both have 2 replicas, and a check of the live address every 2 s with a
 * failure limit of 2 for 60 s after the switch; Argo has no pre-promotion gate. An open loop of new connections, without
 * retries, asks the live address all the time.
 * Options: `--rate N` requests per second (100), `--seconds N` (100), `--only argo|ours`.
 */
import { parseArgs } from "node:util";
import { count } from "@bluegreen/testkit/count";
import { keepNumbers, tellClaims, tellMachine, tellTable } from "../print.ts";
import { interruptions, recoveredAfter } from "./interruptions.ts";
import { withOurs } from "./ours.ts";
import { withArgo } from "./rollouts.ts";
import { type Ending, failureLimit, intervalSeconds } from "./scenario.ts";

/** What the switch back itself may take: one more request of the check, the write, and kube-proxy's following it. */
const switchSeconds = 1;
/** An end of the run without a failure, so long that a release that dies every 8 s would show in it. */
const quietSeconds = 20;

const { values } = parseArgs({
  options: { rate: { type: "string" }, seconds: { type: "string" }, only: { type: "string" } },
});
const rate = Number(values.rate ?? 100);
const seconds = Number(values.seconds ?? 100);

tellMachine();
const ways = { argo: withArgo, ours: withOurs };
const endings: Ending[] = [];
for (const [name, run] of Object.entries(ways)) {
  if (values.only !== undefined && values.only !== name) continue;
  endings.push(await run({ rate, seconds }));
}
const held = tell();
await keepNumbers("argo", { rate, seconds, endings });
if (!held) process.exitCode = 1;

function tell(): boolean {
  console.log(
    `\nA release that dies after the switch, ${rate} requests per second for ${seconds} s on new connections`,
  );
  tellTable([
    ["", "requests", "failed", "recovered after", "answers at the end", "ends as", "exit code"],
    ...endings.map(({ title, report, answers, phase, exit }) => {
      const recovered = recoveredAfter(report.seconds, quietSeconds);
      const share = `${((100 * report.failed) / report.sent).toFixed(1)} %`;
      return [
        title,
        count(report.sent),
        `${count(report.failed)} (${share})`,
        recovered === null ? "never" : `${recovered} s`,
        answers,
        phase,
        exit,
      ];
    }),
  ]);
  for (const { title, report, notes } of endings) {
    const spans = interruptions(report.seconds).map(({ from, to, failed }) => `${from}–${to} s: ${failed}`);
    console.log(`\n${title}\n  failures, in seconds since the load began: ${spans.join(", ") || "none"}`);
    for (const note of notes) console.log(`  ${note}`);
  }
  console.log();
  const ours = endings.find(({ who }) => who === "ours");
  if (!ours) return true;
  const bound = rate * (intervalSeconds * failureLimit + switchSeconds);
  const formula = `${rate}/s × (${intervalSeconds} s × ${failureLimit} + ${switchSeconds} s)`;
  return tellClaims([
    ["ours came back by itself", recoveredAfter(ours.report.seconds, quietSeconds) !== null],
    [`ours failed ${count(ours.report.failed)} requests (≤ ${count(bound)} = ${formula})`, ours.report.failed <= bound],
    [
      `the old color answers (${ours.answers}) and state says so (${ours.state})`,
      ours.answers === "blue" && ours.state === "blue",
    ],
    [`pulumi up ended with ${ours.exit} (not 0)`, Number(ours.exit) > 0],
    [`the old color is warm: ${ours.warm} of 2 pods ready`, ours.warm === 2],
  ]);
}
