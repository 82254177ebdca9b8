import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { root } from "@bluegreen/testkit/engine/pulumi";
import { median } from "@bluegreen/testkit/load/stats";

/** What is busy besides decides about every number: it is printed before them. */
export function tellMachine(): void {
  console.log(`load average ${loadavg()[0]!.toFixed(1)} on ${cpus().length} processors`);
}

export type Series = readonly [name: string, values: readonly number[]];

/** Raw values and medians, milliseconds. */
export function tellSeries(title: string, series: readonly Series[]): void {
  const width = Math.max(...series.map(([name]) => name.length));
  console.log(`  ${title}`);
  for (const [name, values] of series) {
    const raw = values.map((value) => value.toFixed(0)).join(" ");
    console.log(`    ${name.padEnd(width)}  median ${median(values).toFixed(0)}  raw ${raw}`);
  }
}

/** Cells in columns as wide as their widest; the first row is the head. */
export function tellTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      `  ${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()}`,
    );
}

/** One line a claim. Returns whether all hold. */
export function tellClaims(claims: readonly (readonly [claim: string, holds: boolean])[]): boolean {
  for (const [claim, holds] of claims) console.log(`${holds ? "✔" : "✖"} ${claim}`);
  return claims.every(([, holds]) => holds);
}

/** Keeps everything that was measured, for whoever wants to look closer. */
export async function keepNumbers(name: string, numbers: object): Promise<void> {
  const file = join(root, ".bluegreen", `bench-${name}.json`);
  await mkdir(join(root, ".bluegreen"), { recursive: true });
  const all = { at: new Date().toISOString(), loadAverage: loadavg(), ...numbers };
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
  console.log(`numbers: ${file}`);
}
