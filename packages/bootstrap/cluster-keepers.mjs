// Why the cluster stays without anybody running: a file of paths, each of them a reason for as long as it exists.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { state } from "./paths.mjs";

/** The state of a stack that is up; a checkout that said `cluster up`. @returns {string[]} */
export function keepers(places) {
  const lines = existsSync(places.kept) ? readFileSync(places.kept, "utf8").split("\n") : [];
  return lines.filter((path) => path !== "" && existsSync(path));
}

/** The cluster's lock has to be held, here and below. */
export function addKeeper(places, path) {
  write(places, [...keepers(places).filter((one) => one !== path), path]);
}

export function removeKeeper(places, path) {
  write(
    places,
    keepers(places).filter((one) => one !== path),
  );
}

/** Where the state of one of this checkout's stacks lies until the stack is removed. */
export const stateFile = ({ project, stack }) => join(state, ".pulumi", "stacks", project, `${stack}.json`);

function write(places, paths) {
  if (paths.length === 0) rmSync(places.kept, { force: true });
  else writeFileSync(places.kept, `${paths.join("\n")}\n`);
}
