import type Docker from "dockerode";

interface EngineError {
  statusCode?: number;
  json?: { message?: string } | null;
  message?: string;
}

/** Docker's own words, without the client's wrapping. */
export function daemonMessage(error: unknown): string {
  const { statusCode, json, message } = error as EngineError;
  if (statusCode === undefined) return message ?? String(error);
  // For calls that answer with a stream the client hands over the words only behind its own: "(HTTP code …) … - …".
  return `Error response from daemon: ${json?.message ?? message?.replace(/^.*? - /, "").trim()}`;
}

export function isMissing(error: unknown): boolean {
  return (error as EngineError).statusCode === 404;
}

/** Docker is still doing something with it (removal in progress, endpoints or mounts not gone yet). */
export function isBusy(error: unknown): boolean {
  const { statusCode, json } = error as EngineError;
  return statusCode === 409 || (statusCode === 403 && /active endpoints/.test(json?.message ?? ""));
}

/** `undefined` instead of an error for what is not there. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Errors as the official plugin words them. */
export function failure(message: string): Error {
  return new Error(`1 error occurred:\n\t* ${message}\n\n`);
}

const BUSY_FOR_MS = 30_000;
const BUSY_POLL_MS = 200;

/** Removes something that may already be gone, or still be held for a moment by what has just been removed. */
export async function removeWhenFree(what: string, remove: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + BUSY_FOR_MS;
  for (;;) {
    try {
      await remove();
      return;
    } catch (error) {
      if (isMissing(error)) return;
      if (!isBusy(error) || Date.now() > deadline) throw failure(`Unable to remove ${what}: ${daemonMessage(error)}`);
      await new Promise((retry) => setTimeout(retry, BUSY_POLL_MS));
    }
  }
}

/** Makes sure that the image is here, pulling it if not. Gives its ID. */
export async function provideImage(docker: Docker, name: string, platform?: string): Promise<string> {
  const present = await ifThere(docker.getImage(name).inspect());
  if (present) return present.Id;
  try {
    const stream = await docker.pull(name, platform === undefined ? {} : { platform });
    await new Promise<void>((done, failed) => {
      docker.modem.followProgress(stream, (error) => (error ? failed(error) : done()));
    });
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    throw new Error(`unable to pull image ${name}: error pulling image ${name}: ${daemonMessage(error)}`);
  }
}
