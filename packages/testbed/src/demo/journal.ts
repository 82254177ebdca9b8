import type { CutoverRecord } from "@bluegreen/core";
import type Docker from "dockerode";

const headerBytes = 512;

/** The record of one cutover attempt, from the file that the library keeps beside the router's data. */
export async function readJournal(router: Docker.Container, attempt: number): Promise<CutoverRecord | undefined> {
  const path = `/data/bluegreen/journal/${String(attempt).padStart(6, "0")}.json`;
  try {
    const parts: Buffer[] = [];
    for await (const part of await router.getArchive({ path })) parts.push(Buffer.from(part));
    const archive = Buffer.concat(parts);
    // A tar archive of one file: a header with the size in octal, then the content.
    const size = Number.parseInt(archive.toString("latin1", 124, 136), 8);
    return JSON.parse(archive.toString("utf8", headerBytes, headerBytes + size)) as CutoverRecord;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
