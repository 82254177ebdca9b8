/**
 * What recorded state imports to run this library's resources: the bodies of the dynamic providers. The provider text
 * in state is one line a method that imports this module, so this path and these names stay.
 */
import * as cutoverProvider from "./provider/cutover.ts";
import * as interlockProvider from "./provider/interlock.ts";
import * as leftoversProvider from "./provider/leftovers.ts";
import * as migrationProvider from "./provider/migration.ts";
import * as replicasProvider from "./provider/replicas.ts";
import * as retireProvider from "./provider/retire.ts";

export const interlock = interlockProvider;
export const cutover = cutoverProvider;
export const leftovers = leftoversProvider;
export const migration = migrationProvider;
export const replicas = replicasProvider;
export const retire = retireProvider;
