import { afterAll, beforeAll, describe, test } from "vitest";
import { buildAppImage, dockerForTests, removeAll } from "./docker-bed.ts";
import { type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";
import { Replay, readTranscript } from "./replay.ts";

const docker = dockerForTests();
const recorded = { containers: ["bg-web"], networks: ["bg-net"], volumes: ["bg-vol"] };
const web = () => docker.getContainer("bg-web");

/** What was done by hand before a recorded run (steps.txt of the transcripts), by transcript and run. */
const byHand: { [run: string]: () => Promise<unknown> } = {
  "docker-lifecycle refresh-after-stop": () => web().stop(),
  "docker-lifecycle refresh-after-removal": () => web().remove({ force: true }),
  "docker-faults name-conflict-on-create": async () => {
    await docker.createContainer({ name: "bg-web", Image: "localhost/app:3" });
  },
  "docker-faults create-after-conflict-gone": () => web().remove({ force: true }),
  "docker-exclusive up-after-start-by-hand": () => web().start(),
};

describe("the docker stand-in answers like the official plugin", () => {
  beforeAll(async () => {
    await removeAll(docker, recorded);
    await buildAppImage(docker);
  }, 120_000);
  afterAll(() => removeAll(docker, recorded));

  for (const transcript of ["docker-lifecycle", "docker-faults", "docker-exclusive", "docker-wait"]) {
    describe(transcript, () => {
      let plugin: PluginUnderTest;
      let replay: Replay;
      beforeAll(async () => {
        plugin = await startPlugin("docker");
        replay = new Replay(plugin);
      });
      afterAll(async () => {
        await plugin.stop();
        await removeAll(docker, recorded);
      });

      for (const run of readTranscript(transcript)) {
        test(run.label, { timeout: 60_000 }, async () => {
          await byHand[`${transcript} ${run.label}`]?.();
          await replay.run(run);
        });
      }
    });
  }
});
