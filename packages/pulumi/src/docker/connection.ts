import { Duplex } from "node:stream";

/** A stream that node:http takes for a socket; what has no meaning for it is left out. */
export abstract class Connection extends Duplex {
  constructor() {
    super({ allowHalfOpen: false });
  }

  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
