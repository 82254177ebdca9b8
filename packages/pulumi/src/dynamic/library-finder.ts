type Provider = typeof import("../provider.ts");

/**
 * Makes the function that finds this library at run time, for what Pulumi runs in processes of its own: dynamic providers
 * and gates. The library need not be a dependency of the program: a company's own package may wrap it, and where
 * `node_modules` are strict (pnpm) only that package can see it. So the packages that the program depends on are looked
 * through, the nearest first, for one that does; then those of the folders above it, such as a workspace's root.
 *
 * Its text is stored in state and in the gates' commands. So it is short, names no folder, captures nothing, and loads
 * what it needs itself; and there is no `import` of a computed name in it, for which the compiler would call a function
 * of its own.
 */
export function libraryFinder() {
  return async (module: string): Promise<Provider> => {
    const { createRequire } = await import("node:module");
    const { existsSync, realpathSync } = await import("node:fs");
    const { dirname, join } = await import("node:path");
    const folders = new Set<string>();
    for (let at = process.cwd(); !folders.has(at); at = dirname(at)) folders.add(at);
    for (const folder of folders) {
      const file = join(folder, "package.json");
      const require = createRequire(file);
      let found = "";
      try {
        found = require.resolve(module);
      } catch {}
      if (found !== "") return createRequire(found)(found);
      const { dependencies, devDependencies } = existsSync(file) ? require(file) : {};
      for (const name in { ...dependencies, ...devDependencies }) {
        const parent = require.resolve.paths(name)?.find((path) => existsSync(join(path, name)));
        if (parent) folders.add(realpathSync(join(parent, name)));
      }
    }
    throw new Error(`${module} is not found from ${process.cwd()}: add it to the dependencies in its package.json`);
  };
}
