import type { Api } from "./api.ts";
import { type KubeObject, nameOf } from "./object.ts";

/** What has just been written, or is being read. */
export interface Target {
  api: Api;
  object: KubeObject;
  /** Only one look, at something that was there before: nothing has to settle. */
  reading: boolean;
  /** When nobody looks any more. */
  over: AbortSignal;
}

/** What one look at an object and at what belongs to it has shown. */
export interface Sight {
  object: KubeObject;
  ready: boolean;
  /** It won't become ready any more. */
  failed?: boolean;
  /** Why it isn't ready. */
  reasons: string[];
  /** For the line beside the resource. */
  status?: string;
}

export type Look = () => Promise<Sight>;

/** The object is there, but didn't get where it should. */
export class NotReady extends Error {
  readonly object: KubeObject;
  readonly reasons: string[];
  readonly cancelled: boolean;
  constructor(message: string, { object, reasons }: Sight, cancelled = false) {
    super(message);
    this.object = object;
    this.reasons = reasons;
    this.cancelled = cancelled;
  }
}

export interface Patience {
  timeoutSeconds: number;
  cancelled: AbortSignal;
  status(message: string): void;
}

const LOOK_EVERY_MS = 200;

/** Looks until it is ready. @throws NotReady if it never gets there */
export async function waitUntilReady(look: Look, patience: Patience): Promise<KubeObject> {
  const deadline = Date.now() + patience.timeoutSeconds * 1000;
  let shown = "";
  for (;;) {
    const sight = await look();
    if (sight.ready) return sight.object;
    if (sight.failed) throw notInitialized(sight);
    if (patience.cancelled.aborted) {
      throw new NotReady(`Resource operation was cancelled for "${nameOf(sight.object)}"`, sight, true);
    }
    if (Date.now() > deadline) throw new NotReady(`'${nameOf(sight.object)}' timed out waiting to be Ready`, sight);
    if (sight.status && sight.status !== shown) patience.status(sight.status);
    shown = sight.status ?? shown;
    await pause(LOOK_EVERY_MS, patience.cancelled);
  }
}

export function notInitialized(sight: Sight): NotReady {
  return new NotReady(`Resource '${nameOf(sight.object)}' was created but failed to initialize`, sight);
}

/** Waits that long, or until somebody has no more patience. */
export function pause(ms: number, cancelled: AbortSignal): Promise<void> {
  return new Promise((over) => {
    if (cancelled.aborted) return over();
    const end = () => {
      clearTimeout(timer);
      cancelled.removeEventListener("abort", end);
      over();
    };
    const timer = setTimeout(end, ms);
    cancelled.addEventListener("abort", end);
  });
}
