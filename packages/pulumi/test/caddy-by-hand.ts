import type Docker from "dockerode";
import { runScript } from "../src/docker/exec.ts";
import { liveFolder } from "../src/router/caddy-config.ts";

/** Moves live traffic as somebody would who looked into the router's container: another backend, the same record. */
export async function swapByHand(docker: Docker, container: string, backend: string, service: string): Promise<void> {
  const script = `
    cd "$1"
    cp -a "$(readlink current)" by-hand-$$
    for way in by-hand-$$/$3/way/*; do rm -r "$way"/*; : > "$way/$2"; done
    ln -s by-hand-$$ link-$$
    mv -T link-$$ current`;
  await runScript(docker, container, script, [liveFolder, backend, service]);
}
