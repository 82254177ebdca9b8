// What `npm run demo` was asked for, as far as the bootstrap has to know it; the demo itself checks all of it.

import { Problem } from "./problem.mjs";

/** @returns {{ stack: string, onCluster: boolean, keep: boolean }} */
export function demoOptions(args) {
  const platform = args.flatMap((arg, at) => {
    if (arg.startsWith("--platform=")) return [arg.slice("--platform=".length)];
    return args[at - 1] === "--platform" ? [arg] : [];
  });
  const [known, asked = "docker"] = [["docker", "kubernetes"], platform.at(-1)];
  if (!known.includes(asked)) {
    throw new Problem(`--platform is "${asked}"`, { fix: `choose ${known.join(" or ")}` });
  }
  const onCluster = asked === "kubernetes";
  return { stack: onCluster ? "demo-kubernetes" : "demo", onCluster, keep: args.includes("--keep") };
}
