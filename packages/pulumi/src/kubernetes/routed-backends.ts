import type { Color } from "@bluegreen/core";
import { frontsOf } from "../app/fronts.ts";
import { NamespaceBackends } from "./backends.ts";
import { candidateName } from "./labels.ts";
import { identityOf } from "./pods.ts";
import { whyNotReady } from "./ready.ts";
import { selectorsOf } from "./targets.ts";

/** Pods behind a Service or an Ingress. */
export class RoutedBackends extends NamespaceBackends {
  /** A pod that came or was restarted after the gates is another one: they have not seen it. */
  async subjects(color: Color): Promise<string[]> {
    return (await this.running(color)).map(identityOf);
  }

  async whyNotReady(color: Color): Promise<string | null> {
    const { app, versions, reach: all, workloads } = this.parts;
    for (const { service } of frontsOf(this.parts)) {
      const selector = selectorsOf(app, service, versions)[color];
      const reach = all[color][service];
      if (!selector) return "it has no release";
      if (!reach) return `its release has no ${service} that listens`;
      const candidate = candidateName(app, color, service);
      const wanted = { workloads: workloads[color], selector, candidate, service, reach };
      const reason = await whyNotReady(this.client, wanted);
      if (reason !== null) return reason;
    }
    return null;
  }
}
