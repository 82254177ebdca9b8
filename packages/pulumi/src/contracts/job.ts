/** A program in an image, run once. */
export interface JobRequest {
  /** Unique for the app; one of this name that a killed run left is ended first. */
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Ends it before its deadline. */
  readonly signal?: AbortSignal;
}

export interface JobResult {
  readonly result: "passed" | "failed" | "timeout";
  /** The end of what it printed. */
  readonly output: string;
}
