import type Docker from "dockerode";
import { runScript } from "../src/docker/exec.ts";
import { liveFolder } from "../src/router/caddy-config.ts";

/** Moves live traffic as somebody would who looked into the router's container: another backend, the same record. */
export async function swapByHand(docker: Docker, container: string, backend: string, folder = ""): Promise<void> {
  const script = `
    cd "$1"
    cp -a "$(readlink current)" by-hand-$$
    for slot in by-hand-$$/$3[0-9]*; do printf %s "$2" > "$slot"; done
    ln -s by-hand-$$ link-$$
    mv -T link-$$ current`;
  await runScript(docker, container, script, [liveFolder, backend, folder]);
}
