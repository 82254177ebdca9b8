/** What the API server refused, or why it could not be asked. Never holds anything of the kubeconfig. */
export class KubernetesError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Kubernetes' word, such as `NotFound` or `Conflict`; empty when it gave none. */
  readonly reason: string;
  /** One line a field that was not accepted. */
  readonly causes: readonly string[];

  constructor(message: string, status: number, reason = "", causes: readonly string[] = []) {
    super(message);
    this.name = "KubernetesError";
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }
}

/** The HTTP status of a Kubernetes API error, if it is one. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof KubernetesError ? error.status : undefined;
}

interface Status {
  readonly kind: "Status";
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** The API server's own account of a failure; `null` for a body that it did not write. */
export function parseStatus(body: string): Status | null {
  if (!body.startsWith("{")) return null;
  try {
    const value = JSON.parse(body) as Status & { apiVersion?: string };
    return value.kind === "Status" && value.apiVersion === "v1" && value.status === "Failure" ? value : null;
  } catch {
    return null;
  }
}

/** An answer that is not a success, as an error for a person. `what` was tried, such as `patch Service shop`. */
export function refusal(what: string, status: number, body: string): KubernetesError {
  const said = parseStatus(body);
  const message = said?.message ?? (body.trim().slice(0, 300) || "it gave no reason");
  const causes = (said?.details?.causes ?? []).map(({ field, message: text }) => `${field ?? ""}: ${text ?? ""}`);
  return new KubernetesError(`Kubernetes refused to ${what} (${status}): ${message}`, status, said?.reason, causes);
}
