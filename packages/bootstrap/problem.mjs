/** A fault the user can act on: printed without a stack. `fix` is a list of ways out. */
export class Problem extends Error {
  constructor(message, { fix = [], detail = "" } = {}) {
    super(message);
    this.name = "Problem";
    this.fix = Array.isArray(fix) ? fix : [fix];
    this.detail = detail;
  }

  toText() {
    const detail = this.detail ? `\n${this.detail.trimEnd().replace(/^/gm, "  │ ")}` : "";
    return `✖ ${this.message}${this.fix.map((way) => `\n  → ${way}`).join("")}${detail}`;
  }
}

/** Somebody pressed Ctrl-C (or sent SIGTERM): nothing new may start, everything started is cleaned up. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.name = "Interrupted";
    this.signal = signal;
  }
}
