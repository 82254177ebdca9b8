import { afterAll, beforeAll, describe, test } from "vitest";
import { buildAppImage, dockerForTests, freePort, removeAll } from "./docker-bed.ts";
import { type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";
import { Replay, readTranscript } from "./replay.ts";

const docker = dockerForTests();
// Names and ports of our own instead of the recorded ones: others may be at work on the same Docker Engine.
const [WEB, NET, VOL] = ["bg-web", "bg-net", "bg-vol"].map((name) => `${name}-${process.pid}`) as [
  string,
  string,
  string,
];
const [PORT, OTHER_PORT] = await Promise.all([freePort(), freePort()]);
const ours = { "bg-web": WEB, "bg-net": NET, "bg-vol": VOL, "18080": PORT, "22222": OTHER_PORT };

const made = { containers: [WEB], networks: [NET], volumes: [VOL] };
const web = () => docker.getContainer(WEB);

/** What was done by hand before a recorded run (steps.txt of the transcripts), by transcript and run. */
const byHand: { [run: string]: () => Promise<unknown> } = {
  "docker-lifecycle refresh-after-stop": () => web().stop(),
  "docker-lifecycle refresh-after-removal": () => web().remove({ force: true }),
  "docker-faults name-conflict-on-create": async () => {
    await docker.createContainer({ name: WEB, Image: "localhost/app:3" });
  },
  "docker-faults create-after-conflict-gone": () => web().remove({ force: true }),
  "docker-exclusive up-after-start-by-hand": () => web().start(),
};

describe("the docker stand-in answers like the official plugin", () => {
  beforeAll(async () => {
    await removeAll(docker, made);
    await buildAppImage(docker);
  }, 120_000);
  afterAll(() => removeAll(docker, made));

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
        await removeAll(docker, made);
      });

      for (const run of readTranscript(transcript, ours)) {
        test(run.label, { timeout: 60_000 }, async () => {
          await byHand[`${transcript} ${run.label}`]?.();
          await replay.run(run);
        });
      }
    });
  }
});
