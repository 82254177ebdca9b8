import { connectDocker } from "../docker/client.ts";
import { findContainers, removeContainer } from "../docker/inventory.ts";

export interface LeftoversInputs {
  readonly app: string;
  readonly host: string;
}

export function create(inputs: LeftoversInputs) {
  return { id: inputs.app, outs: inputs };
}

export function update(inputs: LeftoversInputs) {
  return { outs: inputs };
}

/** After all recorded containers are gone, and before their networks: what is here now, a killed run left. */
export async function remove(state: LeftoversInputs): Promise<void> {
  const docker = connectDocker(state.host);
  for (const role of ["backend", "router", "lease"]) {
    for (const leftover of await findContainers(docker, state.app, role)) await removeContainer(docker, leftover.id);
  }
}
