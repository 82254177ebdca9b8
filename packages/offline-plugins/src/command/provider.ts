import { randomBytes } from "node:crypto";
import { engineLog } from "../engine-log.ts";
import { type Properties, reveal, UNKNOWN, type Value } from "../property-values.ts";
import type { Provider, ResourceType, Subject } from "../provider-server.ts";
import { diffCommand } from "./diff.ts";
import { checkInputs } from "./inputs.ts";
import { type CommandOutput, runCommand } from "./run.ts";

const SHELL = ["/bin/sh", "-c"];
/** The official plugin records the version of its own framework in every provider's inputs. */
const FRAMEWORK = { "__pulumi-go-provider-version": "v1.5.0" };
const CONFIG_KEYS = ["version", "pluginDownloadURL", ...Object.keys(FRAMEWORK)];

export function commandProvider(engine: () => string): Provider {
  let cancelling = new AbortController();
  return {
    name: "command",
    version: "1.2.1",
    features: { acceptSecrets: true, acceptResources: true, acceptOutputs: true },
    handshake: true,
    diffConfig: false,
    checkConfig: (news) => ({
      inputs: { ...FRAMEWORK, ...news },
      failures: Object.keys(news)
        .filter((property) => !CONFIG_KEYS.includes(property))
        .map((property) => ({ property, reason: `the command stand-in has no provider option "${property}"` })),
    }),
    configure: () => {},
    types: { "command:local:Command": localCommand(engine, () => cancelling.signal) },
    cancel: () => {
      cancelling.abort();
      cancelling = new AbortController();
    },
  };
}

function localCommand(engine: () => string, cancelled: () => AbortSignal): ResourceType {
  const log = engineLog(engine);

  const run = async (subject: Subject, command: Value | undefined, inputs: Properties, previous: CommandOutput) => {
    if (command === undefined || command === null) return previous;
    const plain = reveal(inputs) as Properties;
    const logging = plain.logging ?? "stdoutAndStderr";
    try {
      return await runCommand({
        command: reveal(command) as string,
        interpreter: (plain.interpreter as string[] | undefined) ?? SHELL,
        environment: { ...(plain.environment as { [name: string]: string }), ...earlierOutput(plain, previous) },
        dir: plain.dir as string | undefined,
        stdin: plain.stdin as string | undefined,
        timeoutSeconds: subject.timeoutSeconds,
        cancelled: cancelled(),
        shown: {
          stdout: logging === "stdout" || logging === "stdoutAndStderr",
          stderr: logging === "stderr" || logging === "stdoutAndStderr",
        },
        onLine: (line) => log.status(subject.urn, line),
      });
    } finally {
      await log.flush();
    }
  };

  return {
    check: (_subject, _olds, news) => ({ inputs: news, failures: checkInputs(news) }),
    diff: diffCommand,
    async create(subject, inputs) {
      const id = subject.name + randomBytes(4).toString("hex");
      if (subject.preview) return { id, properties: outputs(inputs, undefined) };
      const output = await run(subject, inputs.create, inputs, { stdout: "", stderr: "" });
      return { id, properties: outputs(inputs, output) };
    },
    async update(subject, _id, olds, news) {
      if (subject.preview) return outputs(news, undefined);
      const command = news.update ?? news.create;
      return outputs(news, await run(subject, command, news, recordedOutput(olds)));
    },
    // Nothing in the world to look at: a command's state is what it once printed.
    read: (_id, properties, inputs) => Promise.resolve({ properties, inputs }),
    async delete(subject, _id, properties) {
      await run(subject, properties.delete, properties, recordedOutput(properties));
    },
  };
}

/** Lets an update or delete command see what the last command printed. */
function earlierOutput(inputs: Properties, previous: CommandOutput): { [name: string]: string } {
  if (inputs.addPreviousOutputInEnv === false) return {};
  return {
    ...(previous.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(previous.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}

function recordedOutput(properties: Properties): CommandOutput {
  const text = (name: string) => String(reveal(properties[name] ?? "") ?? "");
  return { stdout: text("stdout"), stderr: text("stderr") };
}

/** Inputs keep their own secretness; what the command printed is never secret, whatever it was given. */
function outputs(inputs: Properties, output: CommandOutput | undefined): Properties {
  return { ...inputs, stdout: output?.stdout ?? UNKNOWN, stderr: output?.stderr ?? UNKNOWN };
}
