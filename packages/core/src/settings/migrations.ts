import * as z from "zod";
import { colors } from "../color.ts";
import type { Fault } from "../fault.ts";
import { duration, environment, script } from "./leaves.ts";
import type { Settings } from "./settings.ts";

const bounds = { timeout: duration.default("10m"), env: environment.default({}) };

const step = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("command"), run: script.min(1), ...bounds }),
  z.strictObject({
    kind: z.literal("job"),
    image: z.string().min(1),
    command: z.array(script).min(1),
    ...bounds,
  }),
]);

export const migrations = z
  .strictObject({ expand: step.optional(), contract: step.optional(), reversible: z.boolean().optional() })
  .refine(
    ({ expand, contract, reversible }) => expand !== undefined || contract !== undefined || reversible === false,
    "must have an expand, a contract, or reversible: false",
  );

export type MigrationSettings = z.output<typeof migrations>;
export type MigrationStepSettings = z.output<typeof step>;

/** What the chosen platform can't run. */
export function migrationFaults({ platform, releases }: Pick<Settings, "platform" | "releases">): Fault[] {
  if (platform.kind !== "docker") return [];
  return colors.flatMap((color) =>
    (["expand", "contract"] as const)
      .filter((phase) => releases[color]?.migrations?.[phase]?.kind === "job")
      .map(
        (phase): Fault => ({
          code: "unsupported",
          problem: "a job runs in a Kubernetes cluster, and this is docker()",
          at: `releases.${color}.migrations.${phase}`,
          fix: "use command(), which runs where Pulumi does",
        }),
      ),
  );
}
