import type { CheckSettings, PerColor, Settings } from "@bluegreen/core";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type DeclaredFacts, type DeclaredRouter, frontInputs, ofRelease } from "../app/declaration.ts";
import type { ServiceLeaf } from "../app/release-definition.ts";
import { nameOf, secretsOf, withoutSecrets } from "../checks/look.ts";
import type { NamedGate } from "../contracts/check.ts";
import type { Reaches } from "../contracts/release.ts";
import { libraryFinder } from "../dynamic/library-finder.ts";
import type { Interlock } from "../interlock/resource.ts";
import type { GateSecrets, GateTask } from "./task.ts";

/** Checks as they are recorded, and by name (`command-2`) those of their values that may be secret. */
export function splitChecks(settings: readonly CheckSettings[]) {
  const given = settings.map((check, index) => [nameOf(check, index), secretsOf(check)] as const);
  const secrets = Object.fromEntries(given.filter(([, values]) => Object.keys(values).length > 0));
  return {
    checks: settings.map(withoutSecrets),
    secrets: secrets as Record<string, Record<string, pulumi.Input<string>>>,
  };
}

/** What no check of a color may repeat: the values of all secret variables of its services, and what is secret in their specs. */
export function secretValuesOf({ blueSecrets, greenSecrets }: Interlock): pulumi.Output<PerColor<string[]>> {
  return pulumi.all([blueSecrets, greenSecrets]).apply(([blue, green]) => {
    const values = (services: Readonly<Record<string, ServiceLeaf>> | null | undefined) => {
      const all = Object.values(services ?? {}).flatMap(({ env, spec }) => [...Object.values(env), ...textsIn(spec)]);
      return [...new Set(all)].sort();
    };
    return { blue: values(blue), green: values(green) };
  });
}

/** Shorter ones are what commands are made of: `sh`, `-c`. */
const shortestInSpec = 6;

/** Texts in a secret part of a spec, which does not tell which of them is the secret; of `NAME=value` the value, too. */
function textsIn(part: unknown): string[] {
  if (typeof part === "string") {
    const value = /^\w+=(.*)$/s.exec(part)?.[1];
    return [part, ...(value === undefined ? [] : [value])].filter(({ length }) => length >= shortestInSpec);
  }
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(textsIn) : [];
}

/** Gates by name (`http-1`, `command-2`, in their order), with what may be secret in them apart. */
export function nameGates(settings: readonly CheckSettings[], failedCandidate: Settings["failedCandidate"]) {
  const { checks, secrets } = splitChecks(settings);
  const leaves = failedCandidate === "stop" ? { failedCandidate } : {};
  const gates = checks.map(
    (check, index): NamedGate => ({ name: nameOf(check, index), shown: "name", ...leaves, ...check }),
  );
  return { gates, secrets };
}

/** What a gate's command does when anything but the attempt changes: its evidence stays what it was, and it doesn't run. */
const keeps = "evidence of gate ";

const keep = "console.log(process.env.PULUMI_COMMAND_STDOUT);";
const run = `(${libraryFinder()})("@bluegreen/pulumi/gate-runner").then((gate) => gate.main());`;
const node = ["node", "--input-type=module", "-e"];

/**
 * Constant on every machine; what to check is in the environment. The code is the interpreter of its command, because a
 * command that fails is shown before its output: the command is the gate's name. Those of an attempt that an earlier
 * version of this library has begun keep their own text, or an upgrade would be a change.
 */
function commandOf({ name, shown }: NamedGate) {
  if (shown !== "name") return { create: run, update: keep, interpreter: node };
  const either = `if (process.argv[1].startsWith("${keeps}")) ${keep}\nelse ${run}`;
  return { create: `gate ${name}`, update: `${keeps}${name}`, interpreter: [...node, either] };
}

/**
 * One command a gate of the current attempt. The attempt is its trigger: a retry runs all of them again, and a program
 * edit runs none.
 */
export function declareGates(parts: {
  readonly name: string;
  readonly interlock: Interlock;
  readonly platform: DeclaredFacts["address"];
  readonly router: DeclaredRouter;
  readonly reach: pulumi.Output<PerColor<Reaches>>;
  readonly exposed: readonly [string, ...string[]];
  readonly after: pulumi.Resource[];
  readonly parent: pulumi.Resource;
}) {
  const { name, interlock, platform, router, reach, exposed, after, parent } = parts;
  const { app, attempt, candidate, wanted, versions, gateSecrets } = interlock;
  const declared = interlock.gates.apply((gates: NamedGate[]) => {
    const fronts = frontInputs(exposed, router);
    const known = pulumi.all([app, platform, pulumi.output(fronts), attempt, candidate, wanted, versions, reach]);
    const commands = gates.map((gate) => {
      const task = pulumi
        .all([known, candidate.apply((color) => router.fronts[0].colorUrl(color))])
        .apply(([[app, platform, fronts, attempt, color, wanted, versions, reach], candidateUrl]) => {
          const release = versions[color] ?? "";
          const told = { gate, app, platform, ...fronts, attempt, color, wanted, release, reach, candidateUrl };
          return JSON.stringify(told satisfies GateTask);
        });
      const secrets = pulumi
        .all([candidate, gateSecrets, secretValuesOf(interlock)])
        .apply(([color, given, values]) => {
          return JSON.stringify({ own: given?.[gate.name] ?? {}, color: values[color] } satisfies GateSecrets);
        });
      return new command.local.Command(
        `${name}-gate-${gate.name}`,
        {
          ...commandOf(gate),
          environment: { BLUEGREEN_GATE: task, BLUEGREEN_GATE_SECRETS: secrets },
          triggers: [attempt],
          // What it prints on stdout is evidence for the cutover, nothing for a person.
          logging: "stderr",
        },
        { parent, dependsOn: after, ...ofRelease },
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
