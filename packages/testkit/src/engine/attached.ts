import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

type Environment = Record<string, string | undefined>;

/** One process of all stand-ins for a stack's runs, one run at a time. */
export class AttachedPlugins {
  readonly #program: string;
  readonly #cwd: string;
  readonly #env: Environment;
  #running: { readonly child: ChildProcess; readonly ports: Promise<Record<string, number>> } | undefined;
  #busy = false;

  /** @param program plays all stand-ins, and prints its ports */
  constructor(program: string, cwd: string, env: Environment) {
    this.#program = program;
    this.#cwd = cwd;
    this.#env = env;
  }

  /** Runs with what makes the engine attach; with nothing while another run has the process. */
  async use<T>(run: (env: Environment) => Promise<T>): Promise<T> {
    if (this.#busy) return run({});
    this.#busy = true;
    try {
      const { language, ...providers } = await this.#started();
      const list = Object.entries(providers).map(([name, port]) => `${name}:${port}`);
      return await run({ PULUMI_DEBUG_LANGUAGES: `nodejs:${language}`, PULUMI_DEBUG_PROVIDERS: list.join(",") });
    } finally {
      this.#busy = false;
    }
  }

  stop(): void {
    this.#running?.child.kill("SIGKILL");
    this.#running = undefined;
  }

  #started(): Promise<Record<string, number>> {
    if (this.#running?.child.exitCode !== null) this.#running = this.#start();
    return this.#running.ports;
  }

  #start() {
    const child = spawn(process.execPath, [this.#program], {
      cwd: this.#cwd,
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<never>((_, reject) => {
      child.on("exit", (code, signal) => reject(new Error(`the attached plugins ended with ${signal ?? code}`)));
    });
    ended.catch(() => undefined);
    const lines = createInterface({ input: child.stdout });
    const first = new Promise<string>((resolve) => lines.once("line", resolve));
    // Tests end with their last test, not with what they have started.
    child.unref();
    (child.stdout as unknown as { unref(): void }).unref();
    const ports: Promise<Record<string, number>> = Promise.race([first, ended]).then((line) => JSON.parse(line));
    return { child, ports };
  }
}
