import type { ContainerArgs, NetworkArgs, VolumeArgs } from "@pulumi/docker";

/**
 * What no run changes once it is there. `"*"` is the engine's: whatever is declared, it goes on with what was declared
 * before. The plugin does not know it and compares that with what it has read back, so it is given each property by its
 * name, too. The compiler and a test see to it that a newer plugin's are among them.
 */
const everythingOf = (properties: Readonly<Record<string, true>>) => ["*", ...Object.keys(properties)];

const container: Readonly<Record<keyof ContainerArgs, true>> = {
  attach: true,
  capabilities: true,
  cgroupParent: true,
  cgroupnsMode: true,
  command: true,
  containerReadRefreshTimeoutMilliseconds: true,
  cpuPeriod: true,
  cpuQuota: true,
  cpuSet: true,
  cpuShares: true,
  cpus: true,
  destroyGraceSeconds: true,
  deviceCgroupRules: true,
  deviceReadBps: true,
  deviceReadIops: true,
  deviceRequests: true,
  deviceWriteBps: true,
  deviceWriteIops: true,
  devices: true,
  dns: true,
  dnsOpts: true,
  dnsSearches: true,
  domainname: true,
  entrypoints: true,
  envs: true,
  gpus: true,
  groupAdds: true,
  healthcheck: true,
  hostname: true,
  hosts: true,
  image: true,
  init: true,
  ipcMode: true,
  labels: true,
  logDriver: true,
  logOpts: true,
  logs: true,
  maxRetryCount: true,
  memory: true,
  memoryReservation: true,
  memorySwap: true,
  mounts: true,
  mustRun: true,
  name: true,
  networkMode: true,
  networksAdvanced: true,
  pidMode: true,
  platform: true,
  ports: true,
  privileged: true,
  publishAllPorts: true,
  readOnly: true,
  removeVolumes: true,
  restart: true,
  rm: true,
  runtime: true,
  securityOpts: true,
  shmSize: true,
  start: true,
  stdinOpen: true,
  stopSignal: true,
  stopTimeout: true,
  storageOpts: true,
  sysctls: true,
  tmpfs: true,
  tty: true,
  ulimits: true,
  uploads: true,
  user: true,
  usernsMode: true,
  volumes: true,
  wait: true,
  waitTimeout: true,
  workingDir: true,
};

const network: Readonly<Record<keyof NetworkArgs, true>> = {
  attachable: true,
  driver: true,
  ingress: true,
  internal: true,
  ipamConfigs: true,
  ipamDriver: true,
  ipamOptions: true,
  ipv6: true,
  labels: true,
  name: true,
  options: true,
};

const volume: Readonly<Record<keyof VolumeArgs, true>> = {
  cluster: true,
  driver: true,
  driverOpts: true,
  labels: true,
  name: true,
};

/** What the program's settings of a router say of its container; all else of it is the library's, and stays as it was made. */
const askedOfRouter = ["image", "ports", "uploads"];

/** `ignoreChanges` of each type. */
export const everything = {
  container: everythingOf(container),
  router: Object.keys(container).filter((property) => !askedOfRouter.includes(property)),
  network: everythingOf(network),
  volume: everythingOf(volume),
} as const;
