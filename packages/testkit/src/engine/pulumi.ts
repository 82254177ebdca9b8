/** The real Pulumi engine for tests and the demo: projects on disk, stacks, and the CLI as a process that can be killed. */
export { CommandResult, descendants, RunningCommand } from "./command.ts";
export { createProject, type Project, type ProjectOptions, root } from "./project.ts";
export {
  type Exported,
  type PreviewOptions,
  type ResourceState,
  type RunOptions,
  Stack,
  type UpOptions,
} from "./stack.ts";
