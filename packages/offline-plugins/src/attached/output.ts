import { type EngineLog, engineLog } from "../engine-log.ts";

/** The engine shows what its own children write; what this process writes is sent to it instead. */
export class Output {
  #log: EngineLog | undefined;
  #engine = "";

  /** Address of the engine that has attached last; one at a time. */
  get engine(): string {
    return this.#engine;
  }

  set engine(address: string) {
    if (address === this.#engine) return;
    this.#engine = address;
    this.#log?.close();
    this.#log = engineLog(() => address);
    // Where the processes of an engine's own have it.
    process.argv[2] = address;
  }

  /** Takes over what this process writes to both of its streams from now on. */
  capture(): void {
    for (const [stream, id] of [
      [process.stdout, 1],
      [process.stderr, 2],
    ] as const) {
      stream.write = ((text: string | Uint8Array, ...rest: unknown[]) => {
        this.#log?.written(id, typeof text === "string" ? text : Buffer.from(text).toString("utf8"));
        const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
        done?.();
        return true;
      }) as typeof stream.write;
    }
  }

  /** Resolves when all that was written so far has been delivered or refused. */
  async flush(): Promise<void> {
    await this.#log?.flush();
  }
}
