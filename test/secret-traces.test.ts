import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Shop, textOf } from "./support/shop.ts";

/** One value a way in. */
const secrets = {
  /** `secrets` of a service, a config secret. */
  API_KEY: "trace-config-Zk83Qw",
  /** `secrets`, a secret output of another resource. */
  TOKEN: "trace-output-Vb52Mx",
  /** `env`, a secret output among plain variables. */
  PASSWORD: "trace-env-Hn41Ls",
  /** A `.env` file. */
  FILED: "trace-file-Jd96Tr",
  /** A command gate's `env`. */
  GATE_TOKEN: "trace-gate-Pw07Ye",
};
const inContainer = ["API_KEY", "TOKEN", "PASSWORD", "FILED"] as const;
const plain = "plain-and-visible-55";

/** The gate proves that it has the secret, and does its worst with it. */
const gate = {
  run: `echo "loud: $GATE_TOKEN"; echo "$GATE_TOKEN" >&2; test "$GATE_TOKEN" = "$(cat gate-token)" && test ! -e refuse`,
  secretEnv: { GATE_TOKEN: secrets.GATE_TOKEN },
};

/** Ends badly in green, and prints all that its container has. */
const telltale = { kind: "exec", command: ["sh", "-c", 'env; test "$BLUEGREEN_COLOR" = blue'] };

describe("a secret", () => {
  let shop: Shop;
  const outputs: string[] = [];
  const processes = new Set<string>();
  let sampling = true;
  let sampler: Promise<void>;

  beforeAll(async () => {
    sampler = sample();
    shop = await Shop.open(
      {
        services: { web: { env: { PLAIN: plain }, envFiles: [".env.{color}"] } },
        secretValues: { TOKEN: secrets.TOKEN },
        secretEnv: { PASSWORD: secrets.PASSWORD },
        secrets: ["API_KEY"],
        gates: [gate, telltale],
      },
      { attach: false },
    );
    for (const color of ["blue", "green"]) await shop.project.write(`.env.${color}`, `FILED=${secrets.FILED}\n`);
    await shop.project.write("gate-token", secrets.GATE_TOKEN);
    await shop.setSecret("API_KEY", secrets.API_KEY);
    // `config set` is the user's own command line; what is looked at begins after it.
    processes.clear();
  });
  afterAll(async () => {
    sampling = false;
    await sampler;
    await shop?.close();
  });

  /** What `ps` would show, many times a second. */
  async function sample(): Promise<void> {
    while (sampling) {
      for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
          processes.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
        } catch {
          // It has ended in between.
        }
      }
      await sleep(100);
    }
  }

  async function run(values: Record<string, string>, expected: "passes" | "fails"): Promise<void> {
    await shop.set(values);
    outputs.push((await shop.stack.preview({ diff: true })).orThrow().output);
    const up = await shop.up();
    expect(up.exit === 0, up.output).toBe(expected === "passes");
    outputs.push(up.stdout, up.stderr);
  }

  function expectNone(what: string, text: string): void {
    for (const [name, value] of Object.entries(secrets)) {
      for (const form of [value, Buffer.from(value).toString("base64"), encodeURIComponent(value)]) {
        expect(text.includes(form), `${name} is in ${what}`).toBe(false);
      }
    }
  }

  it("reaches the containers and the gate it is for", async () => {
    await run({ activeColor: "blue", blue: "1.0.0", green: "1.1.0" }, "passes");
    for (const name of inContainer) {
      const sha = createHash("sha256").update(secrets[name]).digest("hex");
      expect(await textOf(`${shop.url}/secret-sha?name=${name}`), name).toBe(sha);
    }
    expect(await textOf(`${shop.url}/env?name=PLAIN`)).toBe(plain);
  });

  it("is in no output of preview and up, whether they pass or fail", async () => {
    await shop.project.write("refuse", "");
    // Each alone: a gate that fails ends the others.
    for (const failing of [gate, telltale]) {
      await shop.edit({ gates: [failing] });
      await run({ activeColor: "green" }, "fails");
    }
    expect(outputs.join("\n")).toContain("loud: [secret]");
    for (const name of inContainer) expect(outputs.join("\n")).toContain(`exec-1 │ ${name}=[secret]`);
    for (const name of ["command-1", "exec-1"])
      expect(outputs.join("\n")).toContain(`gate ${name} of green 1.1.0 failed`);
    expectNone("the output", outputs.join("\n"));
  });

  it("is in no process's command line meanwhile", () => {
    const all = [...processes].join("\n");
    expect(all).toContain("pulumi up");
    expect(all).toContain("gate-runner");
    expectNone("the process list", all);
  });

  it("is not in clear in the state, its history or its backups", async () => {
    const state = join(shop.project.dir, ".state");
    const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
    expect(texts.join("\n")).toContain(plain);
    expectNone("the state", texts.join("\n"));
    // It is there, encrypted: the test looks in the right place.
    expect(JSON.stringify(await shop.stack.export({ showSecrets: true }))).toContain(secrets.TOKEN);
  });

  it("is neither in the journal nor in what the router keeps nor in a log", async () => {
    const world = await shop.world();
    const journal = await world.journal();
    expect(journal).toMatch(/000001-\S+-switched/);
    expect(journal).toContain('"outcome":"switched"');
    expectNone("the journal", journal);
    const visible = await world.visible();
    expect(visible.logs).toContain("shop 1.0.0 (blue) listens");
    for (const [what, text] of Object.entries(visible)) expectNone(what, text);
  });
});

describe("the providers' text in state", () => {
  it("is at most 3.5 KB, and the same in every folder", async () => {
    const seen: Record<string, string>[] = [];
    for (const _ of ["here", "there"]) {
      const shop = await Shop.open();
      try {
        await shop.set({ activeColor: "blue", blue: "1.0.0" });
        const { stdout } = (await shop.stack.preview({ json: true, args: ["--show-secrets"] })).orThrow();
        seen.push(providerTexts(stdout));
      } finally {
        await shop.close();
      }
    }
    expect(Object.keys(seen[0]!)).toEqual(expect.arrayContaining(["shop-interlock", "shop-cutover"]));
    for (const [name, text] of Object.entries(seen[0]!)) {
      expect(text.length, name).toBeGreaterThan(100);
      expect(text.length, name).toBeLessThanOrEqual(3_584);
      expect(text, name).not.toContain("/work");
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});

interface PlannedStep {
  readonly urn: string;
  readonly newState?: { readonly inputs?: Record<string, unknown> };
}

function providerTexts(preview: string): Record<string, string> {
  const { steps } = JSON.parse(preview) as { steps: PlannedStep[] };
  return Object.fromEntries(
    steps.flatMap(({ urn, newState }) => {
      const text = newState?.inputs?.__provider;
      return text === undefined
        ? []
        : [[urn.split("::").at(-1)!, typeof text === "string" ? text : JSON.stringify(text)]];
    }),
  );
}
