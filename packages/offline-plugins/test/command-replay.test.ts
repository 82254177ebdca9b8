import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type PluginUnderTest, startPlugin } from "./plugin-under-test.ts";
import { Replay, readTranscript } from "./replay.ts";

describe("the command stand-in answers like the official plugin", () => {
  let plugin: PluginUnderTest;
  let replay: Replay;
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "command-replay-")));

  beforeAll(async () => {
    // One of the recorded commands runs in `node_modules/..`.
    mkdirSync(join(cwd, "node_modules"));
    plugin = await startPlugin("command", { cwd });
    replay = new Replay(plugin, { localize: (text) => text.replaceAll(cwd, ".") });
  });
  afterAll(async () => {
    await plugin.stop();
    rmSync(cwd, { recursive: true });
  });

  // A timeout kills the shell only; where the shell doesn't become the sleep, its end is waited for.
  for (const run of readTranscript("command", { "sleep 30": "sleep 5" })) {
    test(run.label, { timeout: 20_000 }, () => replay.run(run));
  }
});
