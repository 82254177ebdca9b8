import type http from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Of a body that is longer than the limit: this is its beginning. */
  readonly cut?: true;
}
