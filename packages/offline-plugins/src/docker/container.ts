import { posix } from "node:path";
import { tar } from "@bluegreen/testkit/tar";
import type Docker from "dockerode";
import { type Properties, sameValue, type Value } from "../property-values.ts";
import { InitFailed, type ResourceType, type Subject } from "../provider-server.ts";
import { check } from "./check.ts";
import { createOptions, endpointOptions, UPDATABLE, updateOptions } from "./container-spec.ts";
import { observe } from "./container-state.ts";
import { diff } from "./diff.ts";
import { daemonMessage, failure, ifThere, provideImage, removeWhenFree } from "./engine.ts";
import { ignored } from "./ignored.ts";
import { completed, importedInputs, planAsRecord, planCreate, planUpdate, refreshInputs, settle } from "./plan.ts";
import { container as schema } from "./schemas.ts";

const TYPE = "docker:index/container:Container";
const POLL_MS = 100;

/** `docker:index/container:Container`. */
export function containers(connected: () => Docker): ResourceType {
  return {
    check: (subject, olds, news, naming) => check(TYPE, schema, subject.name, olds, news, naming),
    diff: (olds, news, ignoreChanges) => diff(schema, olds, news, ignoreChanges, true),

    async create(subject, inputs) {
      const planned = planCreate(schema, inputs);
      if (subject.preview) return { id: "", properties: planned };
      const docker = connected();
      const id = await createOnly(docker, inputs);
      try {
        const seen = await bringUp(docker, id, inputs);
        return { id, properties: planAsRecord(schema, settle(schema, planned, observe(seen, planned)), id) };
      } catch (error) {
        throw halfMade(subject, id, planned, error);
      }
    },

    async update(subject, id, olds, news) {
      const wish = ignored(subject.ignoreChanges, olds).recorded(news);
      const properties = planUpdate(schema, olds, wish, subject.preview);
      const changed = UPDATABLE.some((name) => !sameValue(olds[name], properties[name]));
      if (changed && !subject.preview) {
        await connected()
          .getContainer(id)
          .update(updateOptions(wish))
          .catch((error: unknown) => {
            throw failure(`Unable to update a container: ${daemonMessage(error)}`);
          });
      }
      return properties;
    },

    async read(id, recorded, inputs) {
      const seen = await ifThere(connected().getContainer(id).inspect());
      if (!seen) return undefined;
      // Variables, labels, ports, uploads and what only Pulumi knows of a container are not imported.
      if (Object.keys(recorded).length === 0) {
        const known = { name: seen.Name.slice(1), image: seen.Config.Image, ...observe(seen, recorded) };
        const properties = planAsRecord(schema, completed(schema, known), id);
        return { properties, inputs: importedInputs(schema, known) };
      }
      const properties = { ...completed(schema, recorded), ...observe(seen, recorded) };
      return { properties, inputs: refreshInputs(schema, inputs, properties) };
    },

    async delete(_subject, id, recorded) {
      const container = connected().getContainer(id);
      const grace = recorded.destroyGraceSeconds;
      if (typeof grace === "number" && grace > 0) {
        // What doesn't stop in its time, or is stopped already, is removed all the same.
        await container.stop({ t: grace }).catch(() => {});
      }
      await removeWhenFree(`container ${id}`, () =>
        container.remove({ v: recorded.removeVolumes === true, force: true }),
      );
    },
  };
}

/** Up to the moment when there is something to record. */
async function createOnly(docker: Docker, inputs: Properties): Promise<string> {
  const image = String(inputs.image);
  try {
    await provideImage(docker, image, inputs.platform as string | undefined);
  } catch (error) {
    throw failure(`Unable to create container with image ${image}: ${(error as Error).message}`);
  }
  try {
    return (await docker.createContainer(createOptions(inputs))).id;
  } catch (error) {
    throw failure(`Unable to create container: ${daemonMessage(error)}`);
  }
}

async function bringUp(docker: Docker, id: string, inputs: Properties): Promise<Docker.ContainerInspectInfo> {
  const container = docker.getContainer(id);
  await connectNetworks(docker, id, inputs);
  for (const upload of (inputs.uploads ?? []) as Properties[]) await uploadFile(container, upload);
  if (inputs.start === false) return container.inspect();
  const startedAt = Date.now();
  await container.start().catch((error: unknown) => {
    throw new Error(`Unable to start container: ${daemonMessage(error)}`);
  });
  if (inputs.wait === true) await waitUntilHealthy(container, Number(inputs.waitTimeout));
  return settled(container, inputs, startedAt);
}

/** Exactly the named networks: the bridge that every container starts with goes. */
async function connectNetworks(docker: Docker, id: string, inputs: Properties): Promise<void> {
  const wanted = (inputs.networksAdvanced ?? []) as Properties[];
  if (wanted.length === 0) return;
  const seen = await docker.getContainer(id).inspect();
  for (const name of Object.keys(seen.NetworkSettings.Networks)) {
    await docker
      .getNetwork(name)
      .disconnect({ Container: id, Force: true })
      .catch((error: unknown) => {
        throw new Error(`Unable to disconnect the default network: ${daemonMessage(error)}`);
      });
  }
  for (const network of wanted) {
    await docker
      .getNetwork(String(network.name))
      .connect(endpointOptions(network, id))
      .catch((error: unknown) => {
        throw new Error(`Unable to connect to network '${network.name}': ${daemonMessage(error)}`);
      });
  }
}

async function uploadFile(container: Docker.Container, upload: Properties): Promise<void> {
  const { content, contentBase64, file } = upload;
  if (Boolean(content) === Boolean(contentBase64)) {
    throw new Error(`upload of "${file}": give either content or contentBase64`);
  }
  const bytes = contentBase64 ? Buffer.from(String(contentBase64), "base64") : Buffer.from(String(content));
  const mode = upload.executable === true ? 0o744 : 0o644;
  await container
    .putArchive(tar([{ path: posix.normalize(String(file)), type: "0", mode, content: bytes }]), { path: "/" })
    .catch((error: unknown) => {
      throw new Error(`Unable to upload volume content: ${daemonMessage(error)}`);
    });
}

async function waitUntilHealthy(container: Docker.Container, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { Health: health } = (await container.inspect()).State;
    if (!health) {
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. " +
          "Please remove the 'wait' argument or add a 'healthcheck' attribute",
      );
    }
    if (health.Status === "healthy") return;
    // An unhealthy one is waited for just as long: the official plugin doesn't give up early either.
    if (Date.now() > deadline) throw new Error("container failed to be in healthy state");
    await new Promise((retry) => setTimeout(retry, POLL_MS));
  }
}

/** A container that must run is looked at until it does, or has ended since it was started. */
async function settled(
  container: Docker.Container,
  inputs: Properties,
  startedAt: number,
): Promise<Docker.ContainerInspectInfo> {
  const deadline = startedAt + Number(inputs.containerReadRefreshTimeoutMilliseconds);
  for (;;) {
    const seen = await container.inspect();
    if (seen.State.Running || inputs.mustRun !== true) return seen;
    if (Date.parse(seen.State.FinishedAt) > startedAt || Date.now() > deadline) {
      throw new Error(`container ${seen.Id} exited after creation, exit code was: ${seen.State.ExitCode}`);
    }
    await new Promise((retry) => setTimeout(retry, POLL_MS));
  }
}

/** The container is there, so the engine must record it, or nobody would ever remove it. */
function halfMade(subject: Subject, id: string, planned: Properties, error: unknown): InitFailed {
  const reason = failure(error instanceof Error ? error.message : String(error)).message;
  const record: { [name: string]: Value } = planAsRecord(schema, planned, id);
  return new InitFailed(`creating ${subject.urn}: ${reason}`, id, record);
}
