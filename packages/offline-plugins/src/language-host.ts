/**
 * Stand-in for `pulumi-language-nodejs`: runs a Node.js program for the engine.
 * The engine starts it with its own address as the last argument and reads the port from the first line.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import { languageServer } from "./language-server.ts";
import { engineAddress, serve } from "./plugin-process.ts";

/** The program has already told the user what is wrong; the engine should just stop. */
const EXIT_ALREADY_EXPLAINED = 32;

const programs = new Set<ChildProcess>();

interface RuntimeOptions {
  nodeargs?: string;
  typescript?: boolean;
  tsconfig?: string;
}

function runtimeOptions(info: languagePb.ProgramInfo): RuntimeOptions {
  return (info.getOptions()?.toJavaScript() ?? {}) as RuntimeOptions;
}

/** `@pulumi/pulumi`'s own runner, as the *program* sees it: its version must be the program's. */
function findRunner(programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "noop.js")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new Error(
      `no @pulumi/pulumi can be found from ${programDirectory}; add it to the dependencies and install them`,
    );
  }
}

function commandLine(request: languagePb.RunRequest, info: languagePb.ProgramInfo): string[] {
  const { nodeargs } = runtimeOptions(info);
  return [
    ...(nodeargs ? nodeargs.split(/\s+/).filter(Boolean) : []),
    findRunner(info.getProgramDirectory()),
    ...["--monitor", request.getMonitorAddress()],
    ...["--engine", engineAddress()],
    ...["--organization", request.getOrganization()],
    ...["--project", request.getProject()],
    ...["--root-directory", info.getRootDirectory()],
    ...["--stack", request.getStack()],
    ...["--pwd", info.getProgramDirectory()],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...["--parallel", String(request.getParallel())],
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

function environment(request: languagePb.RunRequest, info: languagePb.ProgramInfo): NodeJS.ProcessEnv {
  const { typescript, tsconfig } = runtimeOptions(info);
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(typescript === false ? {} : { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
  };
}

function run(request: languagePb.RunRequest): Promise<languagePb.RunResponse> {
  const response = new languagePb.RunResponse();
  const info = request.getInfo();
  if (!info) return Promise.resolve(response.setError("the engine sent no program info; it is too old for this host"));
  if (request.getAttachDebugger()) return Promise.resolve(response.setError("debugging is not supported here"));
  return new Promise((done) => {
    let program: ChildProcess;
    try {
      program = spawn(process.execPath, commandLine(request, info), {
        cwd: info.getProgramDirectory(),
        env: environment(request, info),
        // The engine shows what this process writes, so the program writes there directly.
        stdio: ["ignore", "inherit", "inherit"],
      });
    } catch (error) {
      done(response.setError((error as Error).message));
      return;
    }
    programs.add(program);
    program.on("error", (error) => done(response.setError(`cannot start the program: ${error.message}`)));
    program.on("exit", (code, signal) => {
      programs.delete(program);
      if (code === EXIT_ALREADY_EXPLAINED) response.setBail(true);
      else if (signal) response.setError(`Program was ended by ${signal}`);
      else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
      done(response);
    });
  });
}

function signalPrograms(signal: NodeJS.Signals): void {
  for (const program of programs) program.kill(signal);
}

serve(languageServer({ run, cancel: () => signalPrograms("SIGINT") }), {
  stop: () => signalPrograms("SIGKILL"),
  idle: () => true,
});
