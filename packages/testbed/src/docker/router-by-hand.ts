import type Docker from "dockerode";

/** A directory for each state, and the link that says which one holds. */
const move = `
  cd /data/bluegreen/live
  cp -a "$(readlink current)" by-hand-$$
  for way in by-hand-$$/$2/way/*; do rm -r "$way"/*; : > "$way/$1"; done
  ln -s by-hand-$$ link-$$
  mv -T link-$$ current`;

/** Moves live traffic as somebody would who looked into the router's container: another backend, the same record. */
export async function moveByHand(engine: Docker, router: string, backend: string, service: string): Promise<void> {
  const command = ["sh", "-ec", move, "sh", backend, service];
  const exec = await engine.getContainer(router).exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  let printed = "";
  for await (const chunk of await exec.start({})) printed += chunk;
  const { ExitCode } = await exec.inspect();
  if (ExitCode !== 0) throw new Error(`traffic was not moved by hand, exit code ${ExitCode}: ${printed}`);
}
