import type Docker from "dockerode";
import type { Properties, Value } from "../property-values.ts";

const MEBIBYTE = 1024 * 1024;
const NANOS = { h: 3_600_000_000_000, m: 60_000_000_000, s: 1_000_000_000, ms: 1_000_000, us: 1000, ns: 1 };

/** Durations as Go writes them ("1m30s", "500ms"), in nanoseconds. */
export function nanoseconds(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/g)];
  if (duration !== "0" && parts.map(([part]) => part).join("") !== duration) {
    throw new Error(`"${duration}" is no duration; write it like "30s", "1m30s" or "500ms"`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * NANOS[unit as keyof typeof NANOS], 0);
}

const texts = (value: Value | undefined) => value as string[] | undefined;
const items = (value: Value | undefined) => (value ?? []) as Properties[];
const pairs = (value: Value | undefined, key: string, of: string) =>
  Object.fromEntries(items(value).map((item) => [String(item[key]), String(item[of])]));
const mebibytes = (value: Value | undefined) => {
  if (typeof value !== "number") return undefined;
  return value < 0 ? value : value * MEBIBYTE;
};

/** The container's inputs in the words of Docker's create call. */
export function createOptions(inputs: Properties): Docker.ContainerCreateOptions {
  const ports = items(inputs.ports);
  return withoutGaps({
    name: inputs.name,
    platform: inputs.platform,
    Image: inputs.image,
    Cmd: inputs.command,
    Entrypoint: inputs.entrypoints,
    Env: inputs.envs,
    Hostname: inputs.hostname,
    Domainname: inputs.domainname,
    User: inputs.user,
    WorkingDir: inputs.workingDir,
    Labels: pairs(inputs.labels, "label", "value"),
    StopSignal: inputs.stopSignal,
    StopTimeout: inputs.stopTimeout,
    Tty: inputs.tty,
    OpenStdin: inputs.stdinOpen,
    Healthcheck: healthcheck(inputs.healthcheck as Properties | undefined),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Volumes: anonymousVolumes(inputs),
    HostConfig: hostConfig(inputs, ports),
  }) as Docker.ContainerCreateOptions;
}

/** Docker's Go client, which the official plugin uses, sends them all in this form. */
function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

function hostConfig(inputs: Properties, ports: Properties[]): Docker.HostConfig {
  const capabilities = (inputs.capabilities ?? {}) as Properties;
  return withoutGaps({
    ...updateOptions(inputs),
    AutoRemove: inputs.rm,
    Binds: binds(inputs),
    CapAdd: texts(capabilities.adds)?.map(capability),
    CapDrop: texts(capabilities.drops)?.map(capability),
    Dns: inputs.dns,
    DnsOptions: inputs.dnsOpts,
    DnsSearch: inputs.dnsSearches,
    ExtraHosts: items(inputs.hosts).map((host) => `${host.host}:${host.ip}`),
    GroupAdd: inputs.groupAdds,
    Init: inputs.init,
    IpcMode: inputs.ipcMode,
    LogConfig: (inputs.logDriver || inputs.logOpts) && {
      Type: inputs.logDriver ?? "",
      Config: inputs.logOpts ?? {},
    },
    NanoCpus: inputs.cpus && Math.round(Number(inputs.cpus) * 1e9),
    NetworkMode: inputs.networkMode,
    PidMode: inputs.pidMode,
    PortBindings: Object.groupBy(bindings(ports), ({ key }) => key),
    Privileged: inputs.privileged,
    PublishAllPorts: inputs.publishAllPorts,
    ReadonlyRootfs: inputs.readOnly,
    Runtime: inputs.runtime,
    SecurityOpt: inputs.securityOpts,
    ShmSize: mebibytes(inputs.shmSize),
    Sysctls: inputs.sysctls,
    Tmpfs: inputs.tmpfs,
    Ulimits: items(inputs.ulimits).map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    UsernsMode: inputs.usernsMode,
    VolumesFrom: items(inputs.volumes).flatMap((volume) => volume.fromContainer || []),
  }) as Docker.HostConfig;
}

/** The few settings that Docker can change in a container that is already there. */
export function updateOptions(inputs: Properties): Properties {
  return withoutGaps({
    CpuPeriod: inputs.cpuPeriod,
    CpuQuota: inputs.cpuQuota,
    CpuShares: inputs.cpuShares,
    CpusetCpus: inputs.cpuSet,
    Memory: mebibytes(inputs.memory),
    MemoryReservation: mebibytes(inputs.memoryReservation),
    MemorySwap: mebibytes(inputs.memorySwap),
    RestartPolicy: { Name: inputs.restart, MaximumRetryCount: inputs.maxRetryCount ?? 0 },
  });
}

export const UPDATABLE = [
  ...["cpuPeriod", "cpuQuota", "cpuShares", "cpuSet", "maxRetryCount"],
  ...["memory", "memoryReservation", "memorySwap", "restart"],
];

function portKey(port: Properties): string {
  return `${port.internal}/${port.protocol}`;
}

function bindings(ports: Properties[]) {
  return ports.map((port) => ({
    key: portKey(port),
    HostIp: port.ip,
    HostPort: port.external === undefined ? "" : String(port.external),
  }));
}

function binds(inputs: Properties): string[] {
  return items(inputs.volumes).flatMap((volume) => {
    const source = volume.hostPath || volume.volumeName;
    if (!source) return [];
    const modes = [volume.readOnly ? "ro" : "rw", volume.selinuxRelabel].filter(Boolean);
    return `${source}:${volume.containerPath}:${modes.join(",")}`;
  });
}

function anonymousVolumes(inputs: Properties): { [path: string]: object } {
  const anonymous = items(inputs.volumes).filter((volume) => !volume.hostPath && !volume.volumeName);
  return Object.fromEntries(
    anonymous.filter((volume) => volume.containerPath).map((volume) => [volume.containerPath, {}]),
  );
}

function healthcheck(given: Properties | undefined): Docker.HealthConfig | undefined {
  if (!given) return undefined;
  const duration = (name: string) => nanoseconds(String(given[name] ?? "0s"));
  return {
    Test: given.tests as string[],
    Interval: duration("interval"),
    Timeout: duration("timeout"),
    StartPeriod: duration("startPeriod"),
    Retries: (given.retries as number | undefined) ?? 0,
  };
}

/** One `docker network connect`. */
export function endpointOptions(network: Properties, containerId: string): Docker.NetworkConnectOptions {
  return {
    Container: containerId,
    EndpointConfig: withoutGaps({
      Aliases: network.aliases,
      MacAddress: network.macAddress,
      IPAMConfig: withoutGaps({
        IPv4Address: network.ipv4Address || undefined,
        IPv6Address: network.ipv6Address || undefined,
        LinkLocalIPs: network.linkLocalIps,
      }),
    }) as Docker.EndpointSettings,
  };
}

function withoutGaps(given: { [name: string]: unknown }): Properties {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Properties;
}
