import type Docker from "dockerode";
import type { Properties, Value } from "../property-values.ts";

const MEBIBYTE = 1024 * 1024;

/** What Docker answers, but its client's types leave out. */
interface Untyped {
  Config: { StopSignal?: string; StopTimeout?: number };
  NetworkSettings: { Bridge?: string };
}

/** A container as Docker shows it, in the plugin's words: everything that a record takes over from the real one. */
export function observe(seen: Docker.ContainerInspectInfo, recorded: Properties): Properties {
  const { Config: config, HostConfig: host, State: state, NetworkSettings: networks } = seen;
  const running = state.Running;
  const untyped = seen as Untyped;
  return {
    bridge: untyped.NetworkSettings.Bridge ?? "",
    command: config.Cmd ?? [],
    ...(host.NanoCpus ? { cpus: decimal(host.NanoCpus) } : {}),
    cpuSet: host.CpusetCpus ?? "",
    cpuShares: host.CpuShares ?? 0,
    dns: host.Dns ?? [],
    dnsOpts: host.DnsOptions ?? [],
    dnsSearches: host.DnsSearch ?? [],
    domainname: config.Domainname,
    entrypoints: (config.Entrypoint as string[] | null) ?? [],
    // A container that runs has no exit code; the last one stays in the record.
    exitCode: running ? known(recorded.exitCode) : state.ExitCode,
    groupAdds: host.GroupAdd ?? [],
    hostname: config.Hostname,
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    logDriver: host.LogConfig?.Type ?? "",
    logOpts: host.LogConfig?.Config ?? {},
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    memory: mebibytes(host.Memory),
    memoryReservation: mebibytes(host.MemoryReservation),
    memorySwap: mebibytes(host.MemorySwap),
    // Once seen dead, the record says that it need not run: that is how a stopped container shows as a difference.
    mustRun: recorded.mustRun === true && running,
    networkDatas: networkDatas(networks),
    networkMode: host.NetworkMode ?? "",
    platform: seen.Platform,
    // Of one that need not run and does not, the official plugin leaves the ports as they are in the record.
    ports: running || recorded.mustRun === true ? publishedPorts(networks) : (recorded.ports ?? []),
    privileged: host.Privileged ?? false,
    publishAllPorts: host.PublishAllPorts ?? false,
    restart: host.RestartPolicy?.Name || "no",
    runtime: host.Runtime ?? "",
    securityOpts: host.SecurityOpt ?? [],
    shmSize: mebibytes(host.ShmSize),
    stopSignal: untyped.Config.StopSignal ?? "",
    stopTimeout: untyped.Config.StopTimeout ?? 0,
    storageOpts: host.StorageOpt ?? {},
    sysctls: host.Sysctls ?? {},
    tmpfs: (host.Tmpfs as Value | undefined) ?? {},
    user: config.User,
    usernsMode: host.UsernsMode ?? "",
    workingDir: config.WorkingDir,
  };
}

/** As the official plugin writes processors: a whole number gets a decimal, "1.0", whatever was declared. */
function decimal(nanoCpus: number): string {
  const text = (nanoCpus / 1e9).toFixed(9);
  // It takes nine zeros for a round value: "0.1" and "1.0" come out right, 0.01 becomes "0.0" and 10 becomes "10.".
  if (text.split("0").length - 1 === 9) return (nanoCpus / 1e9).toFixed(1);
  return text.replace(/0+$/, "");
}

function known(value: Value | undefined): Value {
  return typeof value === "number" ? value : null;
}

function mebibytes(bytes: number | undefined): number {
  if (!bytes) return 0;
  return bytes < 0 ? bytes : Math.trunc(bytes / MEBIBYTE);
}

function networkDatas(networks: Docker.ContainerInspectInfo["NetworkSettings"]): Value[] {
  return Object.entries(networks.Networks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([networkName, endpoint]) => ({
      gateway: endpoint.Gateway,
      globalIpv6Address: endpoint.GlobalIPv6Address,
      globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
      ipAddress: endpoint.IPAddress,
      ipPrefixLength: endpoint.IPPrefixLen,
      ipv6Gateway: endpoint.IPv6Gateway,
      macAddress: endpoint.MacAddress,
      networkName,
    }));
}

/** Ports that are really published: none on a container that is stopped. */
function publishedPorts(networks: Docker.ContainerInspectInfo["NetworkSettings"]): Value[] {
  return Object.entries(networks.Ports ?? {})
    .flatMap(([key, bindings]) => {
      const [internal, protocol] = key.split("/");
      return ((bindings ?? []) as { HostIp: string; HostPort: string }[]).map((binding) => ({
        external: Number(binding.HostPort),
        internal: Number(internal),
        ip: binding.HostIp,
        protocol: protocol ?? "tcp",
      }));
    })
    .sort((a, b) => a.internal - b.internal || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0));
}
