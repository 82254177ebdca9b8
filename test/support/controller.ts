import { request } from "node:http";
import { type Load, startLoad } from "@bluegreen/testkit/load/load";
import type { Answered } from "./bed.ts";

/** The bed's ingress controller, which finds an app by the requests' `Host`. */
export class Controller {
  readonly url: string;
  readonly className: string;

  constructor() {
    const { BLUEGREEN_INGRESS_URL: url, BLUEGREEN_INGRESS_CLASS: className } = process.env;
    if (!url || !className) {
      throw new Error("BLUEGREEN_INGRESS_URL is not set; npm test and main.mjs exec --ingress bring a controller");
    }
    this.url = url;
    this.className = className;
  }

  /** Every second request on a new connection, the others on kept ones. */
  load(host: string): Promise<Load> {
    return startLoad({ url: this.url, host, rate: 100, kept: 20, newShare: 0.5 });
  }

  /** One request on a new connection; status 0 when nothing answered. */
  ask(host: string): Promise<Answered> {
    return new Promise((resolve) => {
      const sent = request(this.url, { agent: false, headers: { host }, timeout: 5_000 }, (answer) => {
        const text = (name: string) => String(answer.headers[name] ?? "");
        answer.resume().on("close", () => {
          const color = text("x-app-color");
          resolve({ status: answer.statusCode ?? 0, color, version: text("x-app-version") });
        });
      });
      sent.on("timeout", () => sent.destroy());
      sent.on("error", () => resolve({ status: 0, color: "", version: "" }));
      sent.end();
    });
  }
}
