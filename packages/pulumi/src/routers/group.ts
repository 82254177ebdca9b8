import {
  beginWrite,
  combine,
  type GroupWrite,
  nextWrite,
  type PartWritten,
  perColor,
  type RouterRecord,
} from "@bluegreen/core";
import type { EntranceRequest } from "../contracts/check.ts";
import type { Fenced, LiveAnswer, Router, Seen, Targets, Written } from "../contracts/router.ts";
import { reasonOf } from "../io/reason.ts";
import { backendsOf, behind, fingerprint, fingerprints } from "./interpret.ts";

/** One router of several. */
export interface GroupPart {
  /** The service that it exposes. */
  readonly service: string;
  /** What it is, for a person: `Service shop-web`. */
  readonly name: string;
  readonly router: Router;
}

/** What a router that had no record is given back: it has none of ours, and its next attempt is a new one. */
const nothing = {
  active: null,
  release: null,
  backends: fingerprint([]),
  attempt: 0,
  latches: [],
  verified: [],
} as const;

/** A router may be changed for another reason while it is given back what it had. */
const restoreTries = 4;

/**
 * Several routers as one. Each keeps a record of its own and is written by its own compare-and-swap, so that whatever a
 * killed run left between two of them can be told; `core/group.ts` decides in which order, and what goes back when one
 * of them does not take its write.
 */
export class GroupRouter implements Router {
  readonly kind = "group";
  private readonly parts: readonly GroupPart[];

  constructor(parts: readonly GroupPart[]) {
    this.parts = parts;
  }

  async observe(targets: Targets): Promise<Seen> {
    const seen = await Promise.all(
      this.parts.map(({ router, service }) => router.observe(perColor((color) => backendsOf(service, targets[color])))),
    );
    const observation = combine(
      this.parts.map(({ name }, index) => ({ name, observation: (seen[index] as Seen).observation })),
    );
    const backends = this.join(seen.map((one) => one.backends));
    const { record } = observation;
    const shown = { ...observation, targets: fingerprints(targets) };
    return {
      observation: { ...shown, record: record && { ...record, backends: fingerprint(backends) } },
      backends,
      token: JSON.stringify(seen),
    };
  }

  async write(
    backends: readonly string[],
    record: RouterRecord,
    { token }: Seen,
    fenced: Fenced = async () => null,
  ): Promise<Written> {
    const before = JSON.parse(token) as readonly Seen[];
    const writes = this.parts.map(({ router, service }, index) => {
      return new PartWrite(router, before[index] as Seen, backendsOf(service, backends), record);
    });
    const started = performance.now();
    let state: GroupWrite = beginWrite(
      before.map(({ observation }) => observation),
      record,
    );
    while (state.at !== "ended") {
      const reason = await fenced();
      if (reason !== null) throw new Error(reason);
      state = nextWrite(state, await (writes[state.left[0] as number] as PartWrite).carryOut(state.at));
    }
    const ms = performance.now() - started;
    if (state.result === "failed") throw new Error(this.describe(writes));
    return { result: state.result, token: JSON.stringify(writes.map(({ seen }) => seen)), ms };
  }

  async ask(request: EntranceRequest, service?: string): Promise<LiveAnswer> {
    const part = this.parts.find((one) => one.service === service) ?? this.parts[0];
    if (!part) throw new TypeError("a group has at least one router");
    const answer = await part.router.ask(request);
    return answer.backend === "" ? answer : { ...answer, backend: `${behind(part.service, [answer.backend])}` };
  }

  private join(backends: readonly (readonly string[])[]): string[] {
    return this.parts.flatMap(({ service }, index) => behind(service, backends[index] ?? []));
  }

  private describe(writes: readonly PartWrite[]): string {
    const reasons = writes.flatMap(({ reason }, index) => (reason ? [`${this.parts[index]?.name}: ${reason}`] : []));
    return reasons.join("; ") || "not all routers took the write";
  }
}

/** The write of one router of a group, and its way back. */
class PartWrite {
  /** What the next write on top has to show. */
  seen: Seen;
  /** Why it was not written. */
  reason = "";
  private readonly router: Router;
  private readonly before: Seen;
  private readonly backends: readonly string[];
  private readonly record: RouterRecord;

  constructor(router: Router, before: Seen, backends: readonly string[], record: RouterRecord) {
    this.router = router;
    this.before = before;
    this.seen = before;
    this.backends = backends;
    this.record = record.active === null ? record : { ...record, backends: fingerprint(backends) };
  }

  async carryOut(at: "writing" | "restoring"): Promise<PartWritten> {
    try {
      return await (at === "writing" ? this.send(this.backends, this.record, this.before) : this.restore());
    } catch (error) {
      this.reason = reasonOf(error);
      return "failed";
    }
  }

  private async send(backends: readonly string[], record: RouterRecord, on: Seen): Promise<PartWritten> {
    const { result, token, reason } = await this.router.write(backends, record, on);
    if (result === "stuck") throw new Error(reason);
    if (result === "conflict") {
      this.reason = "it was changed meanwhile";
      return result;
    }
    const { active: color } = record;
    const observation = { color, record, intact: true, current: true, movedBy: null };
    this.seen = { observation, backends, token };
    return result;
  }

  /** Gives it back what it had. Its record is a new one all the same, so that a write that was lost can't come late. */
  private async restore(): Promise<PartWritten> {
    const { at, writer } = this.record;
    const record = { ...this.record, ...nothing, ...this.before.observation.record, at, writer };
    for (let tries = 0; tries < restoreTries; tries++) {
      const now = await this.router.observe({ blue: [], green: [] });
      const { intact, record: shown } = now.observation;
      const isOurs = intact && shown?.writer === writer && shown.at === at;
      const isUnwritten = now.token === this.before.token;
      // Someone else has moved it meanwhile, and that is for the next look to find.
      if (!isOurs && !isUnwritten) return "written";
      const written = this.send(this.before.backends, record, now);
      // What takes no write at all has what it had.
      const result = await (isUnwritten ? written.catch(() => "written" as const) : written);
      if (result === "written") return result;
    }
    return "conflict";
  }
}
