import Docker from "dockerode";
// How a host is reached is not what it stands in for.
import { endpointOf } from "../../../pulumi/dist/docker/client.js";
import { type Properties, UNKNOWN } from "../property-values.ts";
import type { Provider } from "../provider-server.ts";
import { containers } from "./container.ts";
import { networks, remoteImages, volumes } from "./simple-resources.ts";

const CONFIG_KEYS = ["version", "pluginDownloadURL", "host"];

/** Nothing of dockerode's own view of the environment. */
const nowhere = { host: undefined, port: undefined, socketPath: undefined };

function connect(host: string): Docker {
  const endpoint = endpointOf(host);
  // dockerode hands an agent on, its types don't tell.
  return new Docker({ ...nowhere, protocol: endpoint.ca ? "https" : "http", ...endpoint } as Docker.DockerOptions);
}

export function dockerProvider(): Provider {
  let host: Properties[string] | undefined;
  let docker: Docker | undefined;
  // Lazy, and only in real operations: in a preview the host may be something that doesn't exist yet.
  const connected = (): Docker => {
    if (host === UNKNOWN) throw new Error("the provider's host is not known yet");
    docker ??= connect(typeof host === "string" ? host : "");
    return docker;
  };
  return {
    name: "docker",
    version: "5.2.0",
    features: { autonaming: true },
    handshake: false,
    diffConfig: true,
    checkConfig: (news) => ({
      inputs: news,
      failures: Object.keys(news)
        .filter((property) => !CONFIG_KEYS.includes(property))
        .map((property) => ({
          property,
          reason: `the docker stand-in has no provider option "${property}"; it has host`,
        })),
    }),
    configure: (config) => {
      host = config.host === null || config.host === "" ? undefined : config.host;
      docker = undefined;
    },
    types: {
      "docker:index/container:Container": containers(connected),
      "docker:index/network:Network": networks(connected),
      "docker:index/volume:Volume": volumes(connected),
      "docker:index/remoteImage:RemoteImage": remoteImages(connected),
    },
    // Docker's calls are short; one that was sent is carried out whether we listen or not.
    cancel: () => {},
  };
}
