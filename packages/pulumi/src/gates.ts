import type { CheckSettings, Settings } from "@bluegreen/core";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { NamedGate, RecordedCheck } from "./check.ts";
import { type Declaration, type DeclaredRouter, frontInputs } from "./declaration.ts";
import { nameOf, takesEnvironment } from "./gate/checks.ts";
import type { GateTask } from "./gate/runner.ts";
import type { Exposed } from "./platform.ts";
import type { Interlock } from "./resources/interlock.ts";

/** Checks as they are recorded, and their environments by name (`command-2`), which may be secret. */
export function splitChecks(settings: readonly CheckSettings[]) {
  const secrets: Record<string, Record<string, pulumi.Input<string>>> = {};
  const checks = settings.map((check, index): RecordedCheck => {
    if (!("env" in check)) return check;
    const { env, ...rest } = check;
    secrets[nameOf(check, index)] = env as Record<string, pulumi.Input<string>>;
    return rest;
  });
  return { checks, secrets };
}

/** Gates by name (`http-1`, `command-2`, in their order), with their environments apart. */
export function nameGates(settings: readonly CheckSettings[], failedCandidate: Settings["failedCandidate"]) {
  const { checks, secrets } = splitChecks(settings);
  const leaves = failedCandidate === "stop" ? { failedCandidate } : {};
  const gates = checks.map((check, index): NamedGate => ({ name: nameOf(check, index), ...leaves, ...check }));
  return { gates, secrets };
}

/** Constant on every machine; what to check is in the environment. */
const runner = 'import("@bluegreen/pulumi/gate-runner").then((gate) => gate.main());';

/** Runs when anything but the attempt changes: the gate doesn't, and its evidence stays what it was. */
const keepEvidence = "console.log(process.env.PULUMI_COMMAND_STDOUT);";

/**
 * One command a gate of the current attempt. The attempt is its trigger: a retry runs all of them again, and a program
 * edit runs none.
 */
export function declareGates(parts: {
  readonly name: string;
  readonly interlock: Interlock;
  readonly platform: Declaration["address"];
  readonly router: DeclaredRouter;
  readonly exposed: readonly [Exposed, ...Exposed[]];
  readonly after: pulumi.Resource[];
  readonly parent: pulumi.Resource;
}) {
  const { name, interlock, platform, router, exposed, after, parent } = parts;
  const { app, attempt, candidate, wanted, versions, gateSecrets } = interlock;
  const declared = interlock.gates.apply((gates: NamedGate[]) => {
    const fronts = frontInputs(exposed, router);
    const known = pulumi.all([app, platform, pulumi.output(fronts), attempt, candidate, wanted, versions]);
    const commands = gates.map((gate) => {
      const task = pulumi
        .all([known, candidate.apply((color) => router.fronts[0].colorUrl(color))])
        .apply(([[app, platform, fronts, attempt, color, wanted, versions], candidateUrl]) => {
          const release = versions[color] ?? "";
          const told = { gate, app, platform, ...fronts, attempt, color, wanted, release, candidateUrl };
          return JSON.stringify(told satisfies GateTask);
        });
      const env = pulumi
        .all([task, gateSecrets])
        .apply(([BLUEGREEN_GATE, secrets]) => environmentOf(BLUEGREEN_GATE, secrets?.[gate.name] ?? {}));
      return new command.local.Command(
        `${name}-gate-${gate.name}`,
        {
          create: runner,
          update: keepEvidence,
          interpreter: ["node", "--input-type=module", "-e"],
          environment: takesEnvironment(gate) ? env : { BLUEGREEN_GATE: task },
          triggers: [attempt],
          // What it prints on stdout is evidence for the cutover, nothing for a person.
          logging: "stderr",
        },
        { parent, dependsOn: after },
      );
    });
    return { names: gates.map((gate) => gate.name), commands };
  });
  return {
    names: declared.apply(({ names }) => names),
    commands: declared.apply(({ commands }) => commands) as unknown as pulumi.Output<pulumi.Resource[]>,
    evidence: pulumi.unsecret(declared.apply(({ commands }) => pulumi.all(commands.map((one) => one.stdout)))),
  };
}

function environmentOf(task: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return { BLUEGREEN_GATE: task, BLUEGREEN_GATE_ENV: Object.keys(env).join(","), ...env };
}
