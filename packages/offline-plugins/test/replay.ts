import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Answer, Json, PluginUnderTest } from "./plugin-under-test.ts";

/** One line of a transcript. */
export interface RecordedCall {
  run: string;
  method: string;
  request: Json;
  response: Json | null;
  errors: string[] | null;
}

export interface RecordedRun {
  label: string;
  calls: RecordedCall[];
}

/**
 * Not compared at all: book-keeping of the official plugins' framework, which nothing of ours reads, texts that aren't
 * UTF-8, which the stand-ins don't offer to take, and the name of the daemon's default bridge, empty where it is its own.
 */
const IGNORED_KEYS = ["__meta", "__pulumi_raw_state_delta", "acceptsByteString", "bridge"];

/** Compared only for being empty or not: what differs from machine to machine and from run to run. */
const VARIABLE_KEYS = [
  ...["id", "hostname", "imageId", "mountpoint"],
  ...["ipAddress", "ipPrefixLength", "gateway", "macAddress", "subnet"],
];

/** Lists without a meaning in their order; the official plugins give them in any. */
const UNORDERED_KEYS = ["diffs", "replaces", "stables", "__defaults"];

/** In errors: identifiers, and what follows Docker's own words where its version or network decides. */
const VARIABLE_IN_ERRORS: [RegExp, string][] = [
  [/^rpc error: code = Unknown desc = /, ""],
  [/[0-9a-f]{64}/g, "<id>"],
  [/(error pulling image \S+: Error response from daemon:)[\s\S]*/, "$1 <network>"],
  [/(Unable to start container: Error response from daemon:)[\s\S]*(exec: "[^"]*")[\s\S]*/, "$1 $2"],
];

/** @param replaced texts of the recording, with what stands in their place here */
export function readTranscript(name: string, replaced: { [recorded: string]: string } = {}): RecordedRun[] {
  let text = readFileSync(join(import.meta.dirname, "fixtures/transcripts", `${name}.jsonl`), "utf8");
  for (const [recorded, here] of Object.entries(replaced)) text = text.replaceAll(recorded, here);
  const runs: RecordedRun[] = [];
  for (const line of text.trim().split("\n")) {
    const call = JSON.parse(line) as RecordedCall;
    if (runs.at(-1)?.label !== call.run) runs.push({ label: call.run, calls: [] });
    runs.at(-1)?.calls.push(call);
  }
  return runs;
}

/** What the machine of a replay needs besides the transcript. */
export interface ReplayOptions {
  /** Turns what this machine prints into what the recording machine printed. */
  localize?: (text: string) => string;
}

/** Sends recorded requests to a plugin and compares its answers with the recorded ones. */
export class Replay {
  readonly #plugin: PluginUnderTest;
  /** Recorded resource ID → the one made here. */
  readonly #ids = new Map<string, string>();
  /** Resources that were made although their create failed, by URN: the transcript shows their ID only later. */
  readonly #halfMade = new Map<string, string>();
  readonly #localize: (text: string) => string;

  constructor(plugin: PluginUnderTest, { localize = (text) => text }: ReplayOptions = {}) {
    this.#plugin = plugin;
    this.#localize = localize;
  }

  async run(run: RecordedRun): Promise<void> {
    for (const [index, call] of run.calls.entries()) {
      // The engine hung up in the middle of this one.
      if (call.errors?.some((error) => error.includes("code = Canceled"))) continue;
      const answer = await this.#plugin.call(call.method, this.#withLiveIds(call));
      this.#learnIds(call, answer);
      const what = `${run.label}, call ${index}: ${call.method} ${call.request.urn ?? ""}`;
      expect(this.#comparable(answer.response, answer.error), what).toEqual(
        this.#comparable(this.#live(call.response), call.errors?.[0] ?? null),
      );
    }
  }

  #learnIds(call: RecordedCall, answer: Answer): void {
    if (answer.halfMade) this.#halfMade.set(call.request.urn, answer.halfMade.id);
    if (call.method !== "Create") return;
    const idsIn = (response: Json | null) => [response?.id, response?.properties?.imageId];
    const live = idsIn(answer.response);
    for (const [at, recorded] of idsIn(call.response).entries()) {
      if (recorded && live[at]) this.#ids.set(recorded, live[at]);
    }
  }

  #withLiveIds(call: RecordedCall): Json {
    const { id, urn } = call.request;
    if (id && !this.#ids.has(id) && this.#halfMade.has(urn)) this.#ids.set(id, this.#halfMade.get(urn)!);
    return this.#live(call.request);
  }

  #live<T>(json: T): T {
    let text = JSON.stringify(json);
    for (const [recorded, live] of this.#ids) text = text.replaceAll(recorded, live);
    return JSON.parse(text);
  }

  #comparable(response: Json | null, error: string | null): unknown {
    if (error === null) return comparableValue(response ?? {}, "", this.#localize);
    // A method that isn't there is told by every gRPC library in its own words.
    if (/not implemented|not implement/.test(error)) return { error: "unimplemented" };
    const told = VARIABLE_IN_ERRORS.reduce((text, [pattern, by]) => text.replace(pattern, by), error).trim();
    return { error: this.#localize(told) };
  }
}

function comparableValue(value: unknown, key: string, localize: (text: string) => string): unknown {
  if (VARIABLE_KEYS.includes(key) && value) return "<some>";
  if (Array.isArray(value)) {
    const items = value.map((item) => comparableValue(item, "", localize));
    return UNORDERED_KEYS.includes(key) ? sortedByText(items) : items;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !IGNORED_KEYS.includes(name))
        .map(([name, inner]) => [name, comparableValue(inner, name, localize)]),
    );
  }
  return typeof value === "string" ? localize(value) : value;
}

function sortedByText(items: unknown[]): unknown[] {
  const texts = new Map(items.map((item) => [item, JSON.stringify(item)]));
  return items.sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1));
}
