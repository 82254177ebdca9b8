import { setTimeout as sleep } from "node:timers/promises";
import { descendants, type RunningCommand } from "@bluegreen/testkit/engine/pulumi";
import type { Mode } from "./api-path.ts";
import type { Fault } from "./scene.ts";

/** Between two Ctrl-C of an impatient person. */
const impatienceMs = 500;

export const killCli: Fault = {
  words: "the CLI is killed",
  locks: true,
  async strike({ run, release }) {
    run.kill("SIGKILL");
    await run.result;
    release("go");
  },
};

export const killProvider: Fault = {
  words: "the provider is killed",
  async strike({ provider }) {
    process.kill(provider, "SIGKILL");
  },
};

/** As a CI job that is over its time, or a machine that is switched off. */
export const killAll: Fault = {
  words: "the CLI and all its processes are killed",
  locks: true,
  async strike({ run, provider }) {
    run.kill("SIGKILL", { tree: true });
    signal(provider, "SIGKILL");
    await run.result;
  },
};

/** It wakes up in a world in which another run has long taken over. */
export const freezeProvider: Fault = {
  words: "the provider freezes, the CLI is killed; the provider wakes up after the next up",
  locks: true,
  async strike({ run, provider, release }) {
    process.kill(provider, "SIGSTOP");
    run.kill("SIGKILL");
    await run.result;
    release("go");
  },
  async haunt({ provider }) {
    signal(provider, "SIGCONT");
  },
};

export const hangProvider: Fault = {
  words: "the provider hangs until Ctrl-C is pressed twice",
  strike: ({ run }) => interruptTwice(run),
};

export const pauseCli = (seconds: number): Fault => ({
  words: `the CLI stands still for ${seconds} s`,
  async strike({ run, release }) {
    run.kill("SIGSTOP");
    release("go");
    await sleep(seconds * 1_000);
    run.kill("SIGCONT");
  },
});

/** An API that hangs for good: nobody waits for that for ever. */
export const hangApiForGood: Fault = {
  words: "the API hangs until Ctrl-C is pressed twice",
  async strike({ stage, run, release }) {
    stage.ground.api.be("hangs");
    release("go");
    await sleep(impatienceMs);
    await interruptTwice(run);
    stage.ground.api.be("open");
  },
};

export const interrupt: Fault = {
  words: "Ctrl-C is pressed",
  async strike({ run, release }) {
    run.kill("SIGINT");
    await sleep(impatienceMs);
    release("go");
  },
};

/** What the step is about to do is not done, or its answer never arrives. */
export const fail: Fault = {
  words: "it fails",
  async strike({ release }) {
    release("fail");
  },
};

function api(words: string, mode: Mode, seconds: number): Fault {
  return {
    words,
    async strike({ stage, release }) {
      stage.ground.api.be(mode);
      release("go");
      await sleep(seconds * 1_000);
      stage.ground.api.be("open");
    },
  };
}

export const cutApi = (seconds: number) => api(`the API cannot be reached for ${seconds} s`, "cut", seconds);
export const hangApi = (seconds: number) => api(`the API hangs for ${seconds} s`, "hangs", seconds);

/** Requests arrive and are carried out; then the connection is cut. */
export const loseAnswers = (seconds: number): Fault => ({
  words: `the API's answers are lost for ${seconds} s`,
  async strike({ stage, release }) {
    stage.ground.api.be("deaf");
    release("go");
    await sleep(seconds * 1_000);
    stage.ground.api.be("cut");
    stage.ground.api.be("open");
  },
});

/** Its process ends by itself, and the platform starts it again. */
export const crashCandidate: Fault = {
  words: "the candidate crashes",
  costs: "candidate",
  spoils: true,
  async strike({ stage, to, release }) {
    await stage.app.crash(to);
    release("go");
  },
};

export const freezeCandidate: Fault = {
  words: "the candidate hangs",
  costs: "candidate",
  silent: true,
  spoils: true,
  async strike({ stage, to, release }) {
    await stage.ground.freeze(to);
    release("go");
  },
  mend: ({ stage, to }) => stage.ground.thaw(to),
};

export const isolateCandidate: Fault = {
  words: "the network loses the candidate",
  costs: "candidate",
  silent: true,
  spoils: true,
  async strike({ stage, to, release }) {
    await stage.ground.isolate(to);
    release("go");
  },
  mend: ({ stage, to }) => stage.ground.reconnect(to),
};

export const stopRouter = (seconds: number): Fault => ({
  words: `the router is down for ${seconds} s`,
  costs: "router",
  async strike({ stage, release }) {
    await stage.ground.stopRouter();
    release("go");
    await sleep(seconds * 1_000);
    await stage.ground.startRouter();
  },
});

export const fillState: Fault = {
  words: "the disk of the state is full",
  async strike({ stage, release }) {
    await stage.disk.fill();
    release("go");
  },
  mend: ({ stage }) => stage.disk.empty(),
};

export const fillJournal: Fault = {
  words: "the place of the journal is full",
  async strike({ stage, release }) {
    await stage.ground.fillJournal();
    release("go");
  },
  mend: ({ stage }) => stage.ground.emptyJournal(),
};

async function interruptTwice(run: RunningCommand): Promise<void> {
  run.kill("SIGINT");
  await sleep(impatienceMs);
  run.kill("SIGINT");
  await run.result;
}

function signal(pid: number, name: NodeJS.Signals): void {
  for (const one of [...descendants(pid), pid]) {
    try {
      process.kill(one, name);
    } catch {
      // It has ended in the meantime.
    }
  }
}
