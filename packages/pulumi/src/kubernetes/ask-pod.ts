import type { Answer } from "../contracts/answer.ts";
import type { EntranceRequest } from "../contracts/check.ts";
import { request } from "../io/http-request.ts";
import { reasonOf } from "../io/reason.ts";
import { secured } from "../io/secured.ts";
import type { KubernetesClient } from "./client.ts";
import { KubernetesError } from "./error.ts";

/**
 * How a cluster lets its pods be asked. The API server's proxy is the quicker way, and goes out from the API server's own
 * machine: a private control plane has no route to pods, strict mutual TLS hangs up on it, and a role may not have
 * `pods/proxy`. Then the kubelet is asked to join a connection to the pod, and from then on it alone. So is it for a `Host`
 * of the pod's own: on the other way that is what the API server itself is asked for, and whatever stands in front of it.
 */
export class PodWays {
  private byKubelet = false;

  /** Rejects when the pod did not answer, or when neither way leads there: with what closed both. */
  async ask(client: KubernetesClient, pod: string, port: number, asked: EntranceRequest): Promise<Answer> {
    if (asked.headers?.host !== undefined) return askForHost(client, pod, port, asked);
    if (this.byKubelet) return askByKubelet(client, pod, port, asked);
    try {
      return await client.proxyPod(pod, port, asked);
    } catch (error) {
      if (!isClosed(error)) throw error;
      try {
        const answer = await askByKubelet(client, pod, port, asked);
        this.byKubelet = true;
        return answer;
      } catch (other) {
        const fix = "the deployer needs `pods/proxy` or `pods/portforward`, see docs/rbac.yaml";
        const ways = `${reasonOf(error)}; nor is there a way through the kubelet: ${reasonOf(other)} (${fix})`;
        throw new KubernetesError(ways, error.status, error.reason);
      }
    }
  }
}

/** Not when the pod refused the connection: then the API server did get there. */
function isClosed(error: unknown): error is KubernetesError {
  if (!(error instanceof KubernetesError) || /connection refused/.test(error.message)) return false;
  return error.status === 403 || error.status >= 500 || (error.status === 0 && /no answer/.test(error.message));
}

async function askForHost(client: KubernetesClient, pod: string, port: number, asked: EntranceRequest) {
  try {
    return await askByKubelet(client, pod, port, asked);
  } catch (error) {
    if (!/\b403\b/.test(reasonOf(error))) throw error;
    const fix = "to ask for a `Host` the deployer needs `pods/portforward`, see docs/rbac.yaml";
    throw new KubernetesError(`${reasonOf(error)} (${fix})`, 403);
  }
}

async function askByKubelet(client: KubernetesClient, pod: string, port: number, asked: EntranceRequest) {
  const { joinPod } = await import("./forward.ts");
  const { path, headers = {}, scheme, timeoutMs } = asked;
  const joined = joinPod(client, pod, port);
  const connection = scheme ? secured(joined, headers.host) : joined;
  try {
    const way = {
      createConnection: () => connection,
      headers: { ...headers, connection: "close" },
      ...(scheme ? { scheme } : {}),
    };
    return await request({ host: pod, port, path, timeoutMs, ...way });
  } catch (error) {
    if (!/socket hang up/.test(reasonOf(error))) throw error;
    throw new Error(`${pod}:${port} refused the connection, or ended it without an answer`, { cause: error });
  } finally {
    joined.destroy();
  }
}
