import type { Answerer, Failure, Second, Tally } from "./report.ts";

/** How a request ended. */
export interface Outcome {
  readonly at: number;
  readonly reused: boolean;
  /** 0 without an answer. */
  readonly status: number;
  readonly color: Answerer;
  /** Empty if unknown. */
  readonly version: string;
  /** Empty if the answer is good. */
  readonly reason: string;
}

const colors = ["blue", "green", "none"] as const;
/** Words kept per table: servers that invent a version per answer must not fill the memory. */
const maxWords = 1000;
const maxFailures = 1000;
const pending = 0;
const good = 1;
const failed = 2;

/** A small dictionary, so that a request's version and reason take two bytes each. */
class Words {
  private readonly list = ["none"];
  private readonly index = new Map([["", 0]]);

  /** Words beyond the limit share one name. */
  number(word: string): number {
    const known = this.index.get(word);
    if (known !== undefined) return known;
    if (this.list.length > maxWords) return maxWords;
    const number = this.list.push(this.list.length === maxWords ? "(other)" : word) - 1;
    if (number < maxWords) this.index.set(word, number);
    return number;
  }

  word(number: number): string {
    return this.list[number]!;
  }
}

/** Every request of a run in columns, about 32 bytes each, in the order they were sent. */
export class RequestLog {
  private size = 0;
  private sentAt = new Float64Array(4096);
  private endedAt = new Float64Array(4096);
  private lateness = new Float32Array(4096);
  private state = new Uint8Array(4096);
  private reused = new Uint8Array(4096);
  private color = new Uint8Array(4096);
  private status = new Uint16Array(4096);
  private version = new Uint16Array(4096);
  private reason = new Uint16Array(4096);
  private readonly versions = new Words();
  private readonly reasons = new Words();

  /** Notes a request on its way; returns its number. */
  sent(at: number, latenessMs: number): number {
    if (this.size === this.state.length) this.grow();
    this.sentAt[this.size] = at;
    this.lateness[this.size] = latenessMs;
    return this.size++;
  }

  ended(request: number, outcome: Outcome): void {
    this.endedAt[request] = outcome.at;
    this.state[request] = outcome.reason === "" ? good : failed;
    this.reused[request] = outcome.reused ? 1 : 0;
    this.color[request] = colors.indexOf(outcome.color);
    this.status[request] = outcome.status;
    this.version[request] = this.versions.number(outcome.version);
    this.reason[request] = this.reasons.number(outcome.reason);
  }

  /** Counters of the requests sent in [from, to), ms since 1970. */
  tally(from: number, to: number): Tally {
    const byState = [0, 0, 0];
    const byColor = { blue: 0, green: 0, none: 0 };
    const byVersion: Record<string, number> = {};
    const failuresByVersion: Record<string, number> = {};
    const failuresByReason: Record<string, number> = {};
    const firstAnswer: Partial<Record<Answerer, number>> = {};
    const lastAnswer: Partial<Record<Answerer, number>> = {};
    const end = this.firstSince(to);
    const begin = this.firstSince(from);
    for (let i = begin; i < end; i++) {
      const state = this.state[i]!;
      byState[state]!++;
      if (state === pending) continue;
      const color = colors[this.color[i]!]!;
      const version = this.versions.word(this.version[i]!);
      byColor[color]++;
      byVersion[version] = (byVersion[version] ?? 0) + 1;
      if (state === failed) {
        const reason = this.reasons.word(this.reason[i]!);
        failuresByVersion[version] = (failuresByVersion[version] ?? 0) + 1;
        failuresByReason[reason] = (failuresByReason[reason] ?? 0) + 1;
      }
      if (this.status[i] === 0) continue;
      const at = this.endedAt[i]!;
      if (at < (firstAnswer[color] ?? Number.POSITIVE_INFINITY)) firstAnswer[color] = at;
      if (at > (lastAnswer[color] ?? Number.NEGATIVE_INFINITY)) lastAnswer[color] = at;
    }
    return {
      sent: Math.max(0, end - begin),
      ok: byState[good]!,
      failed: byState[failed]!,
      pending: byState[pending]!,
      byColor,
      byVersion,
      failuresByVersion,
      failuresByReason,
      firstAnswer,
      lastAnswer,
    };
  }

  /** One entry a second of the run, seconds without a request included. */
  seconds(startedAt: number, endedAt: number): Second[] {
    const seconds = Array.from({ length: Math.ceil((endedAt - startedAt) / 1000) }, (_, t) => {
      return { t, blue: 0, green: 0, none: 0, failed: 0 };
    });
    for (let i = 0; i < this.size; i++) {
      const second = seconds[Math.floor((this.sentAt[i]! - startedAt) / 1000)];
      if (second === undefined || this.state[i] === pending) continue;
      second[this.state[i] === failed ? "failed" : colors[this.color[i]!]!]++;
    }
    return seconds;
  }

  /** The first failures, at most 1,000. */
  failures(): Failure[] {
    const list: Failure[] = [];
    for (let i = 0; i < this.size && list.length < maxFailures; i++) {
      if (this.state[i] !== failed) continue;
      list.push({
        at: this.sentAt[i]!,
        kind: this.reused[i] === 1 ? "kept" : "new",
        reason: this.reasons.word(this.reason[i]!),
        status: this.status[i]!,
        color: colors[this.color[i]!]!,
        version: this.versions.word(this.version[i]!),
      });
    }
    return list;
  }

  byKind(): { new: number; kept: number } {
    const kept = this.reused.subarray(0, this.size).reduce((total, reused) => total + reused, 0);
    return { new: this.size - kept, kept };
  }

  latenessMs(): Float32Array {
    return this.lateness.subarray(0, this.size);
  }

  /** Latency of good answers. */
  latencyMs(): number[] {
    const list: number[] = [];
    for (let i = 0; i < this.size; i++) {
      if (this.state[i] === good) list.push(this.endedAt[i]! - this.sentAt[i]!);
    }
    return list;
  }

  /** Requests are sent in order of time, so that a window is found by halving. */
  private firstSince(at: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sentAt[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const wider = <A extends Float64Array | Float32Array | Uint8Array | Uint16Array>(column: A): A => {
      const copy = new (column.constructor as new (length: number) => A)(column.length * 2);
      copy.set(column);
      return copy;
    };
    this.sentAt = wider(this.sentAt);
    this.endedAt = wider(this.endedAt);
    this.lateness = wider(this.lateness);
    this.state = wider(this.state);
    this.reused = wider(this.reused);
    this.color = wider(this.color);
    this.status = wider(this.status);
    this.version = wider(this.version);
    this.reason = wider(this.reason);
  }
}
