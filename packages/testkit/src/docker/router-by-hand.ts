import type Docker from "dockerode";
import { runInside } from "./engine.ts";

/** A directory for each state, and the link that says which one holds. */
const move = `
  set -e
  cd /data/bluegreen/live
  cp -a "$(readlink current)" by-hand-$$
  for way in by-hand-$$/$2/way/*; do rm -r "$way"/*; : > "$way/$1"; done
  ln -s by-hand-$$ link-$$
  mv -T link-$$ current`;

/** Moves live traffic as somebody would who looked into the router's container: another backend, the same record. */
export async function moveByHand(engine: Docker, router: string, backend: string, service: string): Promise<void> {
  await runInside(router, move, [backend, service], engine);
}
