import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";

/** The Docker Engine of these tests; they fail without one. */
export function dockerForTests(): Docker {
  return new Docker();
}

/** Builds the little HTTP server of fixtures/app, FROM scratch, under the tags the transcripts use. */
export async function buildAppImage(docker: Docker): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "app-image-"));
  try {
    compileApp(folder);
    const stream = await docker.buildImage({ context: folder, src: ["app", "Dockerfile"] }, { t: "localhost/app:3" });
    await new Promise<void>((done, failed) => {
      docker.modem.followProgress(stream, (error: Error | null, steps: { error?: string }[]) => {
        const refusal = steps?.find((step) => step.error)?.error;
        if (error || refusal) failed(error ?? new Error(refusal));
        else done();
      });
    });
    for (const tag of ["1", "5", "6"]) await docker.getImage("localhost/app:3").tag({ repo: "localhost/app", tag });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Puts the sources of fixtures/app and the static binary `app` into a folder. */
function compileApp(folder: string): void {
  cpSync(join(import.meta.dirname, "fixtures/app"), folder, { recursive: true });
  execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", "app", "."], {
    cwd: folder,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" },
  });
}

/** A port that nobody listens on, as text. */
export function freePort(): Promise<string> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.on("error", failed);
    server.listen(0, "0.0.0.0", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(String(port)));
    });
  });
}

/** Removes what a test that broke off may have left. */
export async function removeAll(
  docker: Docker,
  names: { containers: string[]; networks: string[]; volumes: string[] },
) {
  const gone = (error: { statusCode?: number }) => {
    if (error.statusCode !== 404) throw error;
  };
  for (const name of names.containers) await docker.getContainer(name).remove({ force: true, v: true }).catch(gone);
  for (const name of names.networks) await docker.getNetwork(name).remove().catch(gone);
  for (const name of names.volumes) await docker.getVolume(name).remove().catch(gone);
}

/** Removes every container, network and volume whose name begins so. */
export async function removeAllNamed(docker: Docker, prefix: string): Promise<void> {
  const mine = (name: string) => name.replace(/^\//, "").startsWith(prefix);
  const containers = (await docker.listContainers({ all: true })).flatMap(({ Id, Names }) =>
    Names.some(mine) ? [Id] : [],
  );
  const networks = (await docker.listNetworks()).flatMap(({ Id, Name }) => (mine(Name) ? [Id] : []));
  const volumes = (await docker.listVolumes()).Volumes.flatMap(({ Name }) => (mine(Name) ? [Name] : []));
  await removeAll(docker, { containers, networks, volumes });
}
