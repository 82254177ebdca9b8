import type { ServiceRouterSettings, Settings } from "@bluegreen/core";
import type { RoutedPort } from "../../app/release-definition.ts";
import { exposedPort } from "../labels.ts";

type Port = NonNullable<ServiceRouterSettings["ports"]>[number];

/**
 * What the ports of the stable Service lead to, in their order: names, by which each pod says where that is. So the Service
 * says nothing of any release, one that listens elsewhere changes nothing under the users of the live one, and a switch of
 * the selector is one of the ports, too. A name that the user gives is that of a port which `transform.deployment` adds.
 */
export function targetPortsOf(ports: readonly Port[], listens: number | undefined): string[] {
  const numberOf = ({ targetPort = listens }: Port) => targetPort;
  return ports.map((port) => {
    if (typeof port.targetPort === "string") return port.targetPort;
    const { protocol } = port;
    if (protocol === "TCP" && numberOf(port) === listens) return exposedPort;
    // A pod has one name for each of its ports.
    const first = ports.find((one) => one.protocol === protocol && numberOf(one) === numberOf(port)) ?? port;
    return `${protocol.toLowerCase()}-${first.port}`;
  });
}

/** The ports beyond the exposed one to which routers lead by number: a release's own, as that one is. */
export function routedPortsOf({ routers, services }: Settings, service: string): Record<string, RoutedPort> {
  const listens = services[service]?.port;
  const given = routers.flatMap((router) => {
    return router.kind === "service" && router.expose === service ? (router.ports ?? []) : [];
  });
  const names = targetPortsOf(given, listens);
  return Object.fromEntries(
    given.flatMap(({ targetPort = listens, protocol }, index): [string, RoutedPort][] => {
      const name = names[index] as string;
      return name === exposedPort || typeof targetPort !== "number" ? [] : [[name, { port: targetPort, protocol }]];
    }),
  );
}

/** The ports of a release's container, by the names that routers know. */
export function containerPorts(port: number | null, routed: Readonly<Record<string, RoutedPort>> = {}) {
  const exposed = port === null ? [] : [{ name: exposedPort, containerPort: port, protocol: "TCP" }];
  const further = Object.entries(routed).map(([name, { port: containerPort, protocol }]) => {
    return { name, containerPort, protocol };
  });
  return [...exposed, ...further];
}
