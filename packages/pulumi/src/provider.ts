/**
 * What recorded state imports to run this library's resources: the bodies of the dynamic providers. The provider text
 * in state is one line a method that imports this module, so this path and these names stay.
 */
import * as cutoverProvider from "./cutover/provider.ts";
import * as interlockProvider from "./interlock/provider.ts";
import * as leftoversProvider from "./leftovers/provider.ts";
import * as migrationProvider from "./migrations/provider.ts";
import * as replicasProvider from "./replicas/provider.ts";
import * as retireProvider from "./retire/provider.ts";

export const interlock = interlockProvider;
export const cutover = cutoverProvider;
export const leftovers = leftoversProvider;
export const migration = migrationProvider;
export const replicas = replicasProvider;
export const retire = retireProvider;
