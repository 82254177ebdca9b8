import type Docker from "dockerode";
import type { Properties, Value } from "../property-values.ts";
import type { ResourceType } from "../provider-server.ts";
import { check } from "./check.ts";
import { diff } from "./diff.ts";
import { daemonMessage, failure, ifThere, provideImage, removeWhenFree } from "./engine.ts";
import { ignored } from "./ignored.ts";
import { importedInputs, planAsRecord, planCreate, planUpdate, refreshInputs, settle } from "./plan.ts";
import type { Schema } from "./schema.ts";
import * as schemas from "./schemas.ts";

/** What a resource must know beyond its table of properties. */
interface Kind {
  type: string;
  schema: Schema;
  create(docker: Docker, inputs: Properties): Promise<string>;
  /** As Docker shows it; `undefined` = gone. */
  observe(docker: Docker, id: string, recorded: Properties): Promise<Properties | undefined>;
  remove(docker: Docker, id: string, recorded: Properties): Promise<void>;
}

function resource(kind: Kind, connected: () => Docker): ResourceType {
  const { schema } = kind;
  return {
    check: (subject, olds, news, naming) => check(kind.type, schema, subject.name, olds, news, naming),
    diff: (olds, news, ignoreChanges) => diff(schema, olds, news, ignoreChanges, false),
    async create(subject, inputs) {
      const planned = planCreate(schema, inputs);
      if (subject.preview) return { id: "", properties: planned };
      const id = await kind.create(connected(), inputs);
      const record = planAsRecord(schema, planned, id);
      const observed = await kind.observe(connected(), id, record);
      return { id, properties: observed ? planAsRecord(schema, settle(schema, planned, observed), id) : record };
    },
    update: (subject, _id, olds, news) => {
      const wish = ignored(subject.ignoreChanges, olds).recorded(news);
      return Promise.resolve(planUpdate(schema, olds, wish, subject.preview));
    },
    async read(id, recorded, inputs) {
      const observed = await kind.observe(connected(), id, recorded);
      if (!observed) return undefined;
      const properties = { ...recorded, ...observed };
      if (Object.keys(recorded).length === 0) {
        return { properties: planAsRecord(schema, observed, id), inputs: importedInputs(schema, observed) };
      }
      return { properties, inputs: refreshInputs(schema, inputs, properties) };
    },
    delete: (_subject, id, recorded) => kind.remove(connected(), id, recorded),
  };
}

const labelMap = (value: Value | undefined) =>
  Object.fromEntries(((value ?? []) as Properties[]).map(({ label, value }) => [String(label), String(value)]));
const labelItems = (labels: { [label: string]: string } | null | undefined): Value[] =>
  Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));

async function orFail<T>(what: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw failure(`${what}: ${daemonMessage(error)}`);
  }
}

/** `docker:index/network:Network`. */
export const networks = (connected: () => Docker): ResourceType =>
  resource(
    {
      type: "docker:index/network:Network",
      schema: schemas.network,
      async create(docker, inputs) {
        const ipam = ((inputs.ipamConfigs ?? []) as { [field: string]: string }[]).map((config) => ({
          ...(config.subnet ? { Subnet: config.subnet } : {}),
          ...(config.gateway ? { Gateway: config.gateway } : {}),
          ...(config.ipRange ? { IPRange: config.ipRange } : {}),
          ...(config.auxAddress ? { AuxiliaryAddresses: config.auxAddress } : {}),
        }));
        const options = {
          Name: String(inputs.name),
          // Docker allows networks of the same name; two stacks must not share one by accident.
          CheckDuplicate: true,
          Attachable: inputs.attachable === true,
          Ingress: inputs.ingress === true,
          Internal: inputs.internal === true,
          EnableIPv6: inputs.ipv6 === true,
          Labels: labelMap(inputs.labels),
          Options: (inputs.options ?? {}) as { [option: string]: string },
          IPAM: {
            Driver: String(inputs.ipamDriver),
            Config: ipam as unknown as { [field: string]: string }[],
            Options: (inputs.ipamOptions ?? {}) as { [option: string]: string },
          },
          ...(inputs.driver ? { Driver: String(inputs.driver) } : {}),
        };
        return (await orFail("Unable to create network", docker.createNetwork(options))).id;
      },
      async observe(docker, id) {
        const seen = (await ifThere(docker.getNetwork(id).inspect())) as Docker.NetworkInspectInfo | undefined;
        if (!seen) return undefined;
        const configs = (seen.IPAM?.Config ?? []) as { [field: string]: string }[];
        return {
          attachable: seen.Attachable,
          driver: seen.Driver,
          ingress: seen.Ingress,
          internal: seen.Internal,
          ipamConfigs: configs.map((config) => ({
            auxAddress: (config.AuxiliaryAddresses as Value | undefined) ?? {},
            gateway: config.Gateway ?? "",
            ipRange: config.IPRange ?? "",
            subnet: config.Subnet ?? "",
          })),
          ipamDriver: seen.IPAM?.Driver ?? "default",
          ipamOptions: seen.IPAM?.Options ?? {},
          ipv6: seen.EnableIPv6,
          labels: labelItems(seen.Labels),
          name: seen.Name,
          options: seen.Options ?? {},
          scope: seen.Scope,
        };
      },
      remove: (docker, id) => removeWhenFree(`network ${id}`, () => docker.getNetwork(id).remove()),
    },
    connected,
  );

/** `docker:index/volume:Volume`. */
export const volumes = (connected: () => Docker): ResourceType =>
  resource(
    {
      type: "docker:index/volume:Volume",
      schema: schemas.volume,
      async create(docker, inputs) {
        const options = {
          Name: String(inputs.name),
          Labels: labelMap(inputs.labels),
          DriverOpts: (inputs.driverOpts ?? {}) as { [option: string]: string },
          ...(inputs.driver ? { Driver: String(inputs.driver) } : {}),
        };
        await orFail("Unable to create volume", docker.createVolume(options));
        return options.Name;
      },
      async observe(docker, id) {
        const seen = await ifThere(docker.getVolume(id).inspect());
        if (!seen) return undefined;
        return {
          driver: seen.Driver,
          driverOpts: seen.Options ?? {},
          labels: labelItems(seen.Labels),
          mountpoint: seen.Mountpoint,
          name: seen.Name,
        };
      },
      remove: (docker, id) => removeWhenFree(`volume ${id}`, () => docker.getVolume(id).remove()),
    },
    connected,
  );

/** `docker:index/remoteImage:RemoteImage`. */
export const remoteImages = (connected: () => Docker): ResourceType =>
  resource(
    {
      type: "docker:index/remoteImage:RemoteImage",
      schema: schemas.remoteImage,
      async create(docker, inputs) {
        const name = String(inputs.name);
        try {
          return (await provideImage(docker, name, inputs.platform as string | undefined)) + name;
        } catch (error) {
          throw failure(`Unable to read Docker image into resource: ${(error as Error).message}`);
        }
      },
      async observe(docker, _id, recorded) {
        const seen = await ifThere(docker.getImage(String(recorded.name)).inspect());
        return seen && { imageId: seen.Id, repoDigest: seen.RepoDigests?.[0] ?? "" };
      },
      async remove(docker, _id, recorded) {
        if (recorded.keepLocally === true) return;
        const image = docker.getImage(String(recorded.name));
        const removed = ifThere(image.remove({ force: recorded.forceRemove === true }));
        await orFail("Unable to remove Docker image", removed);
      },
    },
    connected,
  );
