import { hunt, invariants, mutations, properties } from "./mutations.ts";

/** Prints which bug breaks which invariant, what finds it, after how many runs, and what it saw: `npm run mutations`. */
let survived = 0;
for (const [number, words] of Object.entries(invariants)) {
  console.log(`\n${number}. ${words}`);
  for (const mutation of mutations.filter(({ invariant }) => String(invariant) === number)) {
    const { saw, runs } = hunt(mutation);
    if (saw === null) survived++;
    const found = saw === null ? "NOT FOUND" : `found by ${mutation.by}`;
    console.log(`   ${mutation.name.padEnd(66)} ${found.padEnd(17)} ${String(runs).padStart(6)} runs   ${saw ?? ""}`);
  }
}
console.log("");
for (const [name, what] of Object.entries(properties)) console.log(`${name}: ${what}`);
console.log(`\n${mutations.length} bugs put in on purpose, ${survived} not found`);
process.exitCode = survived > 0 ? 1 : 0;
