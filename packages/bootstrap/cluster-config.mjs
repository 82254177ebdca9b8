// The configuration files of the cluster's programs and their arguments, as plain text from plain values.
import { join } from "node:path";
import { nodeName, ranges } from "./cluster-places.mjs";

/** Only what a cluster of services, deployments and jobs needs: idle controllers cost CPU, too. */
const controllers = [
  "clusterrole-aggregation-controller",
  "cronjob-controller",
  "daemonset-controller",
  "deployment-controller",
  "disruption-controller",
  "endpoints-controller",
  "endpointslice-controller",
  "garbage-collector-controller",
  "horizontal-pod-autoscaler-controller",
  "job-controller",
  "namespace-controller",
  "node-lifecycle-controller",
  "pod-garbage-collector-controller",
  "replicaset-controller",
  "resourcequota-controller",
  "root-ca-certificate-publisher-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "statefulset-controller",
  "taint-eviction-controller",
  "ttl-after-finished-controller",
];

export const pauseImage = "localhost/bluegreen/pause:1";

export function kubeconfig({ server, ca, token, name = "bluegreen-bed" }) {
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
      users: [{ name, user: { token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    },
    null,
    2,
  )}\n`;
}

/** Its own root, state and socket; no image is ever pulled behind anybody's back. */
export function containerdConfig({ places, cniPlugins }) {
  const quote = JSON.stringify;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${quote(join(places.state, "containerd"))}
state = ${quote(places.containerdState)}
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
  address = ${quote(places.containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(join(places.state, "opt"))}

[${cri}]
  sandbox_image = ${quote(pauseImage)}
  # Containers of a container host may lack CAP_SYS_RESOURCE; without this no sandbox would start there.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [${cri}.cni]
    bin_dir = ${quote(cniPlugins)}
    conf_dir = ${quote(join(places.state, "cni"))}
  [${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [${cri}.containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** A routed pair of devices a pod, no shared bridge: services then work without the kernel's bridge filter. */
export function cniConfig({ places }) {
  return JSON.stringify({
    cniVersion: "0.4.0",
    name: places.id,
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: join(places.state, "cni-addresses"),
          ranges: [[{ subnet: ranges.pods }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  });
}

export function kubeletConfig({ places }) {
  const never = "0%";
  return JSON.stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: ranges.node,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(places.pki, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${places.cgroup}`,
    enforceNodeAllocatable: ["none"],
    clusterDNS: [ranges.dnsService],
    clusterDomain: "cluster.local",
    resolvConf: "",
    containerRuntimeEndpoint: `unix://${places.containerdSocket}`,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    maxPods: 250,
    // The machine's disk is its owner's business: nothing is evicted, no image collected, however full it is.
    evictionHard: {
      "imagefs.available": never,
      "imagefs.inodesFree": never,
      "memory.available": never,
      "nodefs.available": never,
      "nodefs.inodesFree": never,
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    localStorageCapacityIsolation: false,
    oomScoreAdj: 0,
    podLogsDir: join(places.state, "pod-logs"),
    volumePluginDir: join(places.state, "volume-plugins"),
    serializeImagePulls: false,
    // Jobs and rolling updates start many pods at once.
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    shutdownGracePeriod: "0s",
  });
}

export function proxyConfig({ places }) {
  return JSON.stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    clusterCIDR: ranges.pods,
    clientConnection: { kubeconfig: join(places.state, "admin.kubeconfig") },
    bindAddress: ranges.node,
    healthzBindAddress: `${ranges.node}:10256`,
    metricsBindAddress: `${ranges.node}:10249`,
    // Node ports are for this machine, not for its network.
    nodePortAddresses: ["127.0.0.0/8", `${ranges.node}/32`],
    conntrack: { maxPerCore: 0, min: 0 },
    iptables: { minSyncPeriod: "100ms", syncPeriod: "5m" },
    oomScoreAdj: 0,
  });
}

/** Of other names there are none: a clear answer, or a pod would ask again and again. */
export function corefile({ places }) {
  return `cluster.local:${ranges.dnsPort} in-addr.arpa:${ranges.dnsPort} {
  bind ${ranges.node}
  errors
  ready ${ranges.node}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(places.state, "admin.kubeconfig")}
    # Seconds: addresses of headless services change with every pod.
    ttl 1
  }
}
.:${ranges.dnsPort} {
  bind ${ranges.node}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}

/** CoreDNS is a process of the host, so its Service has no selector, and its endpoints are written by hand. */
export function dnsObjects() {
  const ports = [
    { name: "dns", port: 53, protocol: "UDP", targetPort: ranges.dnsPort },
    { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: ranges.dnsPort },
  ];
  const metadata = { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
  return [
    { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: ranges.dnsService, ports } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { ...metadata.labels, "kubernetes.io/service-name": "kube-dns" } },
      addressType: "IPv4",
      endpoints: [{ addresses: [ranges.node], conditions: { ready: true } }],
      ports: ports.map(({ name, protocol, targetPort }) => ({ name, protocol, port: targetPort })),
    },
  ];
}

/** The arguments of each program, in the order of their start. */
export function programs({ places, port }) {
  const pki = (name) => join(places.pki, name);
  const admin = join(places.state, "admin.kubeconfig");
  const etcd = `unix://${places.etcdSocket}`;
  // It listens at sockets only: no other user of the machine can ask it. An address to tell to others is demanded, but
  // a single member tells it to nobody, and our API server does not ask for it.
  const untold = "http://127.0.0.1:2380";
  return {
    containerd: ["--config", join(places.state, "containerd.toml")],
    etcd: [
      `--data-dir=${join(places.state, "etcd")}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${untold}`,
      `--listen-peer-urls=${etcd}.peer`,
      `--initial-advertise-peer-urls=${untold}`,
      `--initial-cluster=default=${untold}`,
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    "kube-apiserver": [
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--advertise-address=${ranges.node}`,
      `--etcd-servers=${etcd}`,
      `--service-cluster-ip-range=${ranges.services}`,
      `--tls-cert-file=${pki("server.crt")}`,
      `--tls-private-key-file=${pki("server.key")}`,
      `--client-ca-file=${pki("ca.crt")}`,
      `--kubelet-client-certificate=${pki("kubelet-client.crt")}`,
      `--kubelet-client-key=${pki("kubelet-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP",
      `--token-auth-file=${pki("tokens.csv")}`,
      "--authorization-mode=Node,RBAC",
      `--service-account-key-file=${pki("tokens.key")}`,
      `--service-account-signing-key-file=${pki("tokens.key")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--allow-privileged",
      "--profiling=false",
      "--shutdown-delay-duration=0s",
    ],
    "kube-controller-manager": [
      `--kubeconfig=${admin}`,
      `--controllers=${controllers.join(",")}`,
      `--service-account-private-key-file=${pki("tokens.key")}`,
      `--root-ca-file=${pki("ca.crt")}`,
      "--use-service-account-credentials",
      "--leader-elect=false",
      "--secure-port=0",
      "--concurrent-deployment-syncs=10",
      "--concurrent-namespace-syncs=10",
      "--kube-api-qps=200",
      "--kube-api-burst=400",
    ],
    "kube-scheduler": [
      `--kubeconfig=${admin}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--kube-api-qps=200",
      "--kube-api-burst=400",
    ],
    kubelet: [
      `--kubeconfig=${join(places.state, "kubelet.kubeconfig")}`,
      `--config=${join(places.state, "kubelet.json")}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${ranges.node}`,
      `--root-dir=${places.kubelet}`,
      `--cert-dir=${join(places.kubelet, "pki")}`,
    ],
    "kube-proxy": [`--config=${join(places.state, "proxy.json")}`, `--hostname-override=${nodeName}`],
    coredns: [join(places.state, "Corefile")],
    forward: [`${ranges.node}:${port}`, `127.0.0.1:${port}`],
  };
}
