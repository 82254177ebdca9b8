import type { PlatformAddress } from "../contracts/addresses.ts";
import { platformOf } from "../platforms.ts";

export interface LeftoversInputs {
  readonly app: string;
  readonly platform: PlatformAddress;
}

export function create(inputs: LeftoversInputs) {
  return { id: inputs.app, outs: inputs };
}

export function update(inputs: LeftoversInputs) {
  return { outs: inputs };
}

/** After all that was recorded is gone, and before the networks: what is here now, a killed run left. */
export async function remove({ app, platform }: LeftoversInputs): Promise<void> {
  await (await platformOf(platform)).removeLeftovers(app);
}
