/**
 * Run by the bootstrap under Node 24: makes sure that the engine at DOCKER_HOST has the images of demo and tests.
 * Arguments: a JSON object with the paths of the binaries; `caddy` is absent where it could not be built.
 */
import Docker from "dockerode";
import { appImages, caddyImage, ensureImage, labelOf, shopImage } from "./images.ts";

interface Binaries {
  caddy?: string;
  app: string;
  busybox: string;
}

const officialCaddy = "caddy:2.11.9-alpine";
const pullTimeoutMs = 60_000;

const docker = new Docker();
const { caddy, app, busybox } = JSON.parse(process.argv[2] ?? "{}") as Binaries;
const caddyTag = process.env.BLUEGREEN_CADDY_IMAGE!;

if (caddy) report(caddyTag, await ensureImage(docker, caddyImage(caddyTag, caddy, busybox)));
else report(caddyTag, await pullCaddy());
for (const release of appImages) {
  const image = shopImage(process.env.BLUEGREEN_APP_IMAGE!, release, app, busybox);
  report(image.tag, await ensureImage(docker, image));
}

function report(tag: string, outcome: string): void {
  if (outcome !== "present") console.log(`${tag} ${outcome}`);
}

/** Without a Go toolchain the official image has to do, where an image registry can be reached. */
async function pullCaddy(): Promise<string> {
  if ((await labelOf(docker, caddyTag)) !== undefined) return "present";
  const aborted = AbortSignal.timeout(pullTimeoutMs);
  const stream = await docker.pull(officialCaddy, { abortSignal: aborted });
  await new Promise<void>((resolve, reject) => {
    aborted.addEventListener("abort", () => reject(new Error(`pulling ${officialCaddy} took more than 60 s`)));
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
  });
  const colon = caddyTag.lastIndexOf(":");
  await docker.getImage(officialCaddy).tag({ repo: caddyTag.slice(0, colon), tag: caddyTag.slice(colon + 1) });
  return `pulled as ${officialCaddy}`;
}
