import { expect, test } from "vitest";
import { check } from "../src/interlock/provider.ts";
import type { InterlockInputs, InterlockState } from "../src/interlock/state.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const wish = (activeColor: string): InterlockInputs => ({
  name: "shop",
  run: "first",
  // Known later, too: nobody is asked which color is live.
  platform: { kind: "docker", host: unknown },
  activeColor: activeColor as "blue",
  allowLiveChange: false,
  allowOvercommit: true,
  force: null,
  retry: null,
  versions: { green: "1" },
  shape: { blue: null, green: { services: {} } },
  blue: null,
  green: {},
  blueSecrets: null,
  greenSecrets: {},
  replicas: {},
  gates: [],
  gateSecrets: {},
  router: { kind: "caddy", name: "", adopt: false },
  service: "web",
});

test("a first preview shows an app whose color is known only later, and says no color for it", async () => {
  const { inputs, failures } = await check({}, wish(unknown));
  expect(failures).toEqual([]);
  expect(inputs).toMatchObject({
    activeColor: unknown,
    candidate: unknown,
    wished: null,
    attempt: 1,
    versions: { green: "1" },
  });
});

test("later previews have to know it", async () => {
  const { inputs } = await check({}, wish("green"));
  expect(inputs).toMatchObject({ activeColor: "green", candidate: "green", wished: "green" });
  const { failures } = await check(inputs as InterlockState, wish(unknown));
  expect(failures[0]?.reason).toContain("activeColor is known only once other resources are made");
});
