import { readFileSync } from "node:fs";

/** Whether a process lives; one that has ended and waits for its parent does not. */
export function isRunning(pid: number): boolean {
  return !/^$|\) Z /.test(tell(pid, "stat"));
}

/** Whether a provider of dynamic resources lives under this id: ours run in such ones. */
export function isProvider(pid: number): boolean {
  return tell(pid, "cmdline").includes("dynamic-provider");
}

/** Empty when the process is gone; what it is called with is empty once it has ended. */
function tell(pid: number, file: "stat" | "cmdline"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
