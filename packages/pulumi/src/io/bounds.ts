/** How much of what others say is read, in bytes. Who says more is not listened to any longer. */
export const bounds = {
  /** The end of what a program printed. */
  printed: 64 << 10,
  /** The body of an answer of the app. */
  answer: 1 << 20,
  /** A line, a message or a file of which a few hundred bytes are expected. */
  message: 64 << 10,
  /** What a router's container keeps of all cutovers. */
  state: 16 << 20,
  /** A list of the API server: one of a thousand pods has a few MiB. */
  list: 64 << 20,
  /** Logs; more would not be looked through in time. */
  logs: 32 << 20,
} as const;

/** `what` is too long to be read. */
export function tooLong(what: string, limit: number): Error {
  return new Error(`${what} is longer than ${limit >> 10} KiB`);
}

/** All of a stream. Rejects, and ends it, when it is longer. */
export async function readWhole(stream: AsyncIterable<unknown>, limit: number, what = "the answer"): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > limit) throw tooLong(what, limit);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The end of something long, of which no more than twice the limit is ever held. */
export class Tail {
  private readonly limit: number;
  private kept: Buffer[] = [];
  private size = 0;

  constructor(limit: number = bounds.printed) {
    this.limit = limit;
  }

  add(chunk: Buffer): void {
    this.kept.push(chunk);
    this.size += chunk.length;
    if (this.size <= 2 * this.limit) return;
    // A copy: a view would hold all of the chunk that it is a part of.
    this.kept = [Buffer.from(Buffer.concat(this.kept).subarray(-this.limit))];
    this.size = this.limit;
  }

  toString(): string {
    return Buffer.concat(this.kept).subarray(-this.limit).toString();
  }
}
