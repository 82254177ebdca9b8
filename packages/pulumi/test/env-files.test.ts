import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSettings } from "@bluegreen/core/settings";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { environmentFaults, lackingVariables } from "../src/app/env-files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "bluegreen-env-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function settings(web: object) {
  const parsed = parseSettings("shop", {
    activeColor: "blue",
    releases: {
      blue: { version: "1", images: { web: "shop:1" } },
      green: { version: "2", images: { web: "shop:2" } },
    },
    services: { web: { port: 80, ready: "/", envFiles: [join(dir, ".env.{color}")], ...web } },
    platform: { kind: "docker" },
    router: { kind: "caddy", expose: "web", port: 8080 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.settings;
}

const write = (color: string, text: string) => writeFileSync(join(dir, `.env.${color}`), text);

describe("what a color's environment lacks", () => {
  test("is a file that is not there, or can't be read", () => {
    write("blue", "A=1");
    mkdirSync(join(dir, ".env.green"));
    expect(environmentFaults("blue", settings({}))).toEqual([]);
    const [fault] = environmentFaults("green", settings({ requiredEnv: ["A"] }));
    expect(fault?.code).toBe("env-file-unreadable");
    expect(fault?.problem).toMatch(/^green web needs .*\.env\.green, and it can't be read \(EISDIR\)$/);
  });

  test("is a required variable, by its file and name", () => {
    write("blue", "A=1\nB=");
    const faults = environmentFaults(
      "blue",
      settings({ requiredEnv: ["A", "B", "C", "D", "E"], env: { D: "" }, secrets: { E: "x" } }),
    );
    expect(faults).toEqual([
      expect.objectContaining({
        problem: expect.stringMatching(/^blue web needs B, and B is empty in .*\.env\.blue$/),
      }),
      expect.objectContaining({
        problem: expect.stringMatching(/^blue web needs C, and there is no C in .*\.env\.blue$/),
      }),
    ]);
    expect(faults[0]).toMatchObject({ code: "missing-variable", at: "services.web.requiredEnv" });
  });

  test("is told before it is required, where the other color has it", () => {
    write("blue", "A=1\nB=2\nC=3");
    write("green", "A=9\nD=4");
    expect(lackingVariables(settings({ secrets: { C: "x" } }))).toEqual([
      expect.stringMatching(/\.env\.blue lacks D, which .*\.env\.green has /),
      expect.stringMatching(/\.env\.green lacks B, which .*\.env\.blue has /),
    ]);
    write("green", "A=9\nB=0");
    expect(lackingVariables(settings({}))).toEqual([expect.stringContaining("lacks C,")]);
  });

  test("is nothing of a color without a release of the service", () => {
    write("blue", "A=1");
    const { releases, ...rest } = settings({ requiredEnv: ["B"] });
    const only = { ...rest, releases: { blue: releases.blue } };
    expect(environmentFaults("green", only)).toEqual([]);
    expect(lackingVariables(only)).toEqual([]);
  });
});
