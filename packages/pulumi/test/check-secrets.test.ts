import { parseSettings } from "@bluegreen/core/settings";
import { expect, test } from "vitest";
import { command, job, prometheus } from "../src/checks/kinds.ts";
import { withSecrets } from "../src/checks/look.ts";
import { splitChecks } from "../src/gates/declare.ts";

const env = { TOKEN: "hunter2-env" };
const gates = [
  command({ run: "true", env }),
  job({ image: "x", command: ["y"], env }),
  prometheus({ url: "http://p", query: "up", below: 1, headers: { authorization: "hunter2-header" } }),
  prometheus({ url: "http://p", query: "up", below: 1 }),
];

test("what may be secret in a check is recorded apart from it, and comes back to it", () => {
  const parsed = parseSettings("shop", {
    activeColor: "blue",
    releases: { blue: { version: "1", images: { web: "web:1" } } },
    services: { web: { port: 80, ready: "/" } },
    platform: { kind: "kubernetes" },
    router: { kind: "service", expose: "web" },
    gates,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const given = parsed.settings.gates;
  const { checks, secrets } = splitChecks(given);
  expect(JSON.stringify(checks)).not.toContain("hunter2");
  expect(Object.keys(secrets)).toEqual(["command-1", "job-2", "prometheus-3"]);
  const names = [...Object.keys(secrets), "prometheus-4"];
  const again = names.map((name, index) =>
    withSecrets(checks[index]!, (secrets[name] ?? {}) as Record<string, string>),
  );
  expect(again).toEqual(given.slice(0, 4));
});
