import { boolean, list, map, number, object, replacing, type Schema, set, string } from "./schema.ts";

const unsetText = { unset: "" };
const unsetList = { unset: [] };

/** Properties of `docker:index/container:Container` whose change replaces the container (nearly all). */
const fixed: Schema = replacing({
  capabilities: object({ fields: { adds: set(unsetList), drops: set(unsetList) } }),
  command: list({ computed: true }),
  cpus: string(),
  dns: set(),
  dnsOpts: set(),
  dnsSearches: set(),
  domainname: string(),
  entrypoints: list({ computed: true }),
  envs: set({ computed: true }),
  groupAdds: set(),
  hostname: string({ computed: true }),
  hosts: set({ ...unsetList, fields: { host: string({ required: true }), ip: string({ required: true }) } }),
  image: string({ required: true }),
  ipcMode: string({ computed: true }),
  labels: set({
    computed: true,
    fields: { label: string({ required: true }), value: string({ required: true }) },
  }),
  logDriver: string({ computed: true }),
  logOpts: map(),
  name: string({ autoName: true }),
  networkMode: string({ default: "bridge" }),
  networksAdvanced: set({
    ...unsetList,
    fields: {
      name: string({ required: true }),
      aliases: set(unsetList),
      driverOpts: set(unsetList),
      gwPriority: number(),
      ipv4Address: string(unsetText),
      ipv6Address: string(unsetText),
      linkLocalIps: set(unsetList),
      macAddress: string(unsetText),
    },
  }),
  pidMode: string(),
  platform: string({ computed: true }),
  ports: list({
    ...unsetList,
    fields: {
      internal: number({ required: true }),
      external: number({ computed: true }),
      ip: string({ default: "0.0.0.0" }),
      protocol: string({ default: "tcp" }),
    },
  }),
  privileged: boolean(),
  publishAllPorts: boolean(),
  readOnly: boolean({ unset: false }),
  runtime: string({ computed: true }),
  securityOpts: set({ computed: true }),
  shmSize: number({ computed: true }),
  stdinOpen: boolean({ unset: false }),
  stopSignal: string({ computed: true }),
  stopTimeout: number({ computed: true }),
  sysctls: map(),
  tty: boolean({ unset: false }),
  ulimits: set({
    ...unsetList,
    fields: { name: string({ required: true }), soft: number({ required: true }), hard: number({ required: true }) },
  }),
  uploads: set({
    ...unsetList,
    fields: {
      file: string({ required: true }),
      content: string(unsetText),
      contentBase64: string(unsetText),
      executable: boolean({ unset: false }),
      permissions: string({ ...unsetText, output: true }),
      source: string({ ...unsetText, output: true }),
      sourceHash: string({ ...unsetText, output: true }),
    },
  }),
  user: string({ keptWhenUnset: true }),
  usernsMode: string(),
  volumes: set({
    ...unsetList,
    fields: {
      containerPath: string(unsetText),
      fromContainer: string(unsetText),
      hostPath: string(unsetText),
      readOnly: boolean(),
      selinuxRelabel: string(unsetText),
      volumeName: string(unsetText),
    },
  }),
  workingDir: string({ keptWhenUnset: true }),
});

/** The rest of the container: changed in place, and often only in the record. */
export const container: Schema = {
  ...fixed,
  attach: boolean({ unset: false }),
  containerReadRefreshTimeoutMilliseconds: number({ default: 15000 }),
  cpuPeriod: number(),
  cpuQuota: number(),
  cpuSet: string(),
  cpuShares: number(),
  destroyGraceSeconds: number(),
  healthcheck: object({
    computed: true,
    fields: {
      tests: list({ required: true }),
      interval: string({ default: "0s" }),
      retries: number({ unset: 0 }),
      startInterval: string({ default: "0s" }),
      startPeriod: string({ default: "0s" }),
      timeout: string({ default: "0s" }),
    },
  }),
  init: boolean({ computed: true }),
  logs: boolean({ unset: false }),
  maxRetryCount: number(),
  memory: number(),
  memoryReservation: number({ unset: 0 }),
  memorySwap: number(),
  mustRun: boolean({ default: true }),
  removeVolumes: boolean({ default: true }),
  restart: string({ default: "no" }),
  rm: boolean({ unset: false }),
  start: boolean({ default: true }),
  tmpfs: map(),
  wait: boolean({ unset: false }),
  waitTimeout: number({ default: 60 }),

  bridge: string({ output: true, computed: true }),
  containerLogs: string({ output: true, computed: true }),
  exitCode: number({ output: true, computed: true }),
  networkDatas: list({ output: true, computed: true }),
  // Real properties of the official plugin that are not supported here; they read as it shows them when unset.
  cgroupParent: string({ output: true, replaces: true }),
  cgroupnsMode: string({ output: true, replaces: true }),
  deviceReadBps: set({ output: true, unset: [] }),
  deviceReadIops: set({ output: true, unset: [] }),
  deviceRequests: set({ output: true, unset: [], replaces: true }),
  deviceWriteBps: set({ output: true, unset: [] }),
  deviceWriteIops: set({ output: true, unset: [] }),
  devices: set({ output: true, unset: [], replaces: true }),
  gpus: string({ output: true, replaces: true }),
  mounts: set({ output: true, unset: [], replaces: true }),
  storageOpts: map({ output: true, replaces: true }),
};

const labels = set({
  unset: [],
  fields: { label: string({ required: true }), value: string({ required: true }) },
});

export const network: Schema = {
  ...replacing({
    attachable: boolean(),
    driver: string({ computed: true }),
    ingress: boolean(),
    internal: boolean({ computed: true }),
    ipamConfigs: set({
      computed: true,
      fields: {
        auxAddress: map({ unset: {} }),
        gateway: string(unsetText),
        ipRange: string(unsetText),
        subnet: string(unsetText),
      },
    }),
    ipamDriver: string({ default: "default" }),
    ipamOptions: map(),
    ipv6: boolean(),
    labels,
    name: string({ autoName: true }),
    options: map({ computed: true }),
  }),
  scope: string({ output: true, computed: true }),
};

export const volume: Schema = {
  ...replacing({
    driver: string({ computed: true }),
    driverOpts: map(),
    labels,
    name: string({ autoName: true }),
  }),
  cluster: string({ output: true }),
  mountpoint: string({ output: true, computed: true }),
};

export const remoteImage: Schema = {
  ...replacing({
    name: string({ required: true }),
    platform: string(),
    pullTriggers: set(),
    triggers: map(),
  }),
  forceRemove: boolean(),
  keepLocally: boolean(),
  build: string({ output: true }),
  imageId: string({ output: true, computed: true }),
  repoDigest: string({ output: true, computed: true }),
};
