import { until } from "@bluegreen/testkit/until";
import { afterAll, beforeAll, describe, test } from "vitest";
import { buildAppImage, dockerForTests, freePort, removeAllNamed } from "./docker-bed.ts";
import { type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";
import { type RecordedRun, Replay, readTranscript } from "./replay.ts";

// Whole lives of this library (programs with and without secrets, volumes, limits, workers) on the official docker and
// command plugins, as the engine's log has them. Repeated calls, previews of creates and creates of commands are left out.

/** What differs from the official plugins and does not matter, each with its reason. */
const DEVIATIONS: { what: RegExp; reads: string; because: string }[] = [
  {
    what: /^(dq-[a-z0-9-]+-)[0-9a-f]{7}$/,
    reads: "$1<random>",
    because:
      "a name that the plugin chooses ends at random: each draws that from the engine's seed in a way of its own",
  },
  {
    what: /^\/srv$/,
    reads: "",
    because: "the bed's image of Caddy has a folder to work in, the one of the recording had none",
  },
];
const localize = (text: string) => DEVIATIONS.reduce((told, { what, reads }) => told.replace(what, reads), text);

async function untilItAnswers(container: {
  inspect(): Promise<{ NetworkSettings: { Networks: object } }>;
}): Promise<void> {
  const { NetworkSettings } = await container.inspect();
  const [network] = Object.values(NetworkSettings.Networks) as { IPAddress: string }[];
  const answers = () => fetch(`http://${network?.IPAddress}:8080/`).then(({ ok }) => ok);
  await until("the worker answers", () => answers().catch(() => false));
}

/** The calls of one plugin and of some methods. */
function only(run: RecordedRun, plugin: string, methods: readonly string[]): RecordedRun {
  const isMeant = ({ method, request }: RecordedRun["calls"][number]) =>
    methods.includes(method) && request.urn.split("::")[2].split("$").at(-1).startsWith(`${plugin}:`);
  return { label: run.label, calls: run.calls.filter(isMeant) };
}

describe.each([
  ["docker", ["Check", "Diff"]],
  ["command", ["Check", "Diff", "Read"]],
])("in lives of this library the %s stand-in answers like the official plugin", (name, methods) => {
  let plugin: PluginUnderTest;
  beforeAll(async () => {
    plugin = await startPlugin(name);
  });
  afterAll(() => plugin.stop());

  for (const run of readTranscript("library")) {
    const meant = only(run, name, methods);
    if (meant.calls.length > 0) test(run.label, () => new Replay(plugin, { localize }).run(meant));
  }
});

describe("what such lives make on Docker reads as with the official plugin", async () => {
  const docker = dockerForTests();
  const prefix = `dq${process.pid}-`;
  const ports = await Promise.all([freePort(), freePort(), freePort()]);
  const ours = {
    "dq-": prefix,
    "18530": ports[0]!,
    "18531": ports[1]!,
    "18532": ports[2]!,
    "acme/p:": "localhost/app:",
    "caddy:2.10.2-alpine": process.env.BLUEGREEN_CADDY_IMAGE ?? "",
  };
  let plugin: PluginUnderTest;
  let replay: Replay;
  beforeAll(async () => {
    await buildAppImage(docker);
    plugin = await startPlugin("docker");
    replay = new Replay(plugin, { localize });
  }, 120_000);
  afterAll(async () => {
    await plugin.stop();
    await removeAllNamed(docker, prefix);
  }, 60_000);

  /** What the library's cutover had done by itself before a recorded run. */
  const byCutover: { [run: string]: () => Promise<unknown> } = {
    async "workers-refresh"() {
      const workers = await docker.listContainers({ all: true, filters: { name: [`^/${prefix}`] } });
      const ofColor = (color: string) =>
        workers.filter(({ Labels }) => Labels["bluegreen.color"] === color).map(({ Id }) => docker.getContainer(Id));
      await Promise.all([...ofColor("blue"), ...ofColor("green")].map((container) => container.start()));
      // One that is stopped before its program is there to hear of it is killed after ten seconds, with another exit code.
      await Promise.all(ofColor("blue").map(untilItAnswers));
      await Promise.all(ofColor("blue").map((container) => container.stop()));
    },
  };

  for (const run of readTranscript("library", ours)) {
    const meant = only(run, "docker", ["Create", "Read", "Delete"]);
    if (meant.calls.length === 0) continue;
    test(run.label, { timeout: 60_000 }, async () => {
      await byCutover[run.label]?.();
      await replay.run(meant);
    });
  }
});
