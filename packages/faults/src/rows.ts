import { type AppName, apps } from "./app.ts";
import {
  crashCandidate,
  cutApi,
  fail,
  fillJournal,
  fillState,
  freezeCandidate,
  freezeProvider,
  hangApi,
  hangApiForGood,
  hangProvider,
  interrupt,
  isolateCandidate,
  killAll,
  killCli,
  killProvider,
  loseAnswers,
  pauseCli,
  stopRouter,
} from "./faults.ts";
import type { PlatformName } from "./ground.ts";
import type { Afterwards } from "./play.ts";
import type { Fault } from "./scene.ts";
import { type Step, steps } from "./steps.ts";

/** One line of the table: what goes wrong at which step, and what the next `up` makes of the wish if it is kept. */
export interface Row {
  readonly app: AppName;
  readonly step: Step;
  readonly fault: Fault;
  /** `refused`: the release has shown that it is not worth going live. */
  readonly kept: "goes live" | "is refused";
  /** @default both */
  readonly on?: PlatformName;
  /** Among the few that every test run plays, with this end. */
  readonly sharp?: Afterwards;
}

/** These steps come only after a candidate that fails when it is live. */
export const ofReverts: readonly Step[] = [
  "reverting",
  "restarting",
  "betweenReverts",
  "reverted",
  "reobserving",
  "confirming",
];

const at = (step: Step, fault: Fault, more: Partial<Row> = {}): Row => {
  return { app: "router", step, fault, kept: ofReverts.includes(step) ? "is refused" : "goes live", ...more };
};
const of = (app: AppName, rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, app }));
/** There the journal lies beside what tells the router where traffic goes. */
const onDocker = { on: "docker" } as const;
/** Where each router is an object of its own. */
const onKubernetes = { on: "kubernetes" } as const;
const refused = { kept: "is refused" } as const;

const rows: readonly Row[] = [
  at("leasing", killCli),
  at("observing", killCli),
  at("inspecting", killCli),
  at("fencing", killCli),
  at("switching", killCli, { sharp: "kept" }),
  at("switched", killCli, { sharp: "reverted" }),
  at("verifying", killCli),
  at("baking", killCli, { sharp: "kept" }),
  at("reverting", killCli, { sharp: "reverted" }),
  at("reverted", killCli),
  at("reobserving", killCli),
  at("confirming", killCli),
  at("draining", killCli),
  at("releasing", killCli),

  at("switching", killProvider),
  at("switched", killProvider),
  at("baking", killProvider),
  at("reverting", killProvider),

  at("switched", killAll),
  at("switching", freezeProvider),
  at("reverting", freezeProvider),
  at("baking", hangProvider),
  at("baking", hangApiForGood),
  at("baking", interrupt),
  at("baking", pauseCli(3)),

  at("switched", fail),
  at("baking", fail, refused),
  at("confirming", fail),
  at("releasing", fail),

  at("leasing", cutApi(1)),
  at("switching", cutApi(2)),
  at("reverting", cutApi(1)),
  at("baking", hangApi(3), { sharp: "kept" }),
  at("switching", loseAnswers(1)),

  at("inspecting", crashCandidate),
  at("switching", crashCandidate, refused),
  at("baking", crashCandidate, { ...refused, sharp: "kept" }),
  at("baking", freezeCandidate, refused),
  at("baking", isolateCandidate, refused),

  at("switching", stopRouter(1)),
  at("baking", stopRouter(1), refused),
  at("reverting", stopRouter(1)),

  at("baking", fillState),
  at("baking", fillJournal),
  at("switching", fillJournal, onDocker),
  at("reverting", fillJournal, onDocker),
];

const ofRouters = of("routers", [
  at("switched", killCli, onDocker),
  at("reverted", killCli, onDocker),
  at("baking", crashCandidate, { ...refused, ...onDocker }),
  at("between", killCli, onKubernetes),
  at("between", killProvider, onKubernetes),
  at("between", cutApi(1), onKubernetes),
  at("betweenReverts", killCli, onKubernetes),
]);

const ofExclusive = of("exclusive", [
  at("stopping", killAll),
  at("stopped", killCli),
  at("baking", killCli),
  at("restarting", killCli),
  at("starting", killProvider),
  at("starting", freezeProvider),
  at("baking", crashCandidate, refused),
  at("stopped", cutApi(2)),
  at("starting", loseAnswers(1)),
]);

export function rowsOn(platform: PlatformName): Row[] {
  return [...rows, ...ofRouters, ...ofExclusive].filter(({ on = platform }) => on === platform);
}

/** "two routers: the CLI is killed" */
export function faultOf({ app, fault }: Row): string {
  return app === "router" ? fault.words : `${apps[app].words}: ${fault.words}`;
}

/** "the CLI is killed as the bake begins" */
export function sentence(row: Row): string {
  return `${faultOf(row)} ${steps[row.step]}`;
}
