// Where the bed's cluster lives, and the addresses that are its own.
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { shortHash } from "./paths.mjs";

/**
 * The upper half of RFC 2544's test net; our own dockerd has the lower one. Nobody routes either, so they collide with
 * no LAN and no other cluster.
 */
export const ranges = {
  services: "198.19.0.0/22",
  pods: "198.19.128.0/22",
  node: "198.19.255.1",
  /** The first address of `services`: the API server as pods see it. */
  apiService: "198.19.0.1",
  dnsService: "198.19.0.10",
  dnsPort: 1053,
};

export const nodeName = "bed";
/** A socket's path may have 107 bytes; this is the longest that kubelet and containerd make below the state folder. */
const longestSocket = "/kubelet/pod-resources/kubelet.sock.ttrpc/1234567890".length;

/** Files and names of the cluster that belongs to this cache directory. */
export function clusterPlaces(cache) {
  const home = join(cache, "cluster");
  const id = `bluegreen-${shortHash(home).slice(0, 4)}`;
  const inHome = join(home, "state");
  const fits = inHome.length + longestSocket <= 107;
  const short = join(tmpdir(), `bluegreen-${userInfo().uid}-${shortHash(home)}`);
  const state = fits ? inHome : join(short, "cluster");
  return {
    home,
    id,
    /** The folder of `state`; where that is one that everybody writes to, somebody else could have made it before. */
    around: fits ? home : short,
    /** Everything that goes at `down`. */
    state,
    kubeconfig: join(home, "kubeconfig"),
    logs: join(home, "logs"),
    /** One file a process: "pid starttime". */
    processes: join(home, "processes"),
    /** Kernel settings as they were before. */
    sysctls: join(home, "sysctls.json"),
    lock: join(home, "lock"),
    users: join(home, "users"),
    kept: join(home, "kept"),
    /** 15 bytes is all that a device may have. */
    bridge: `bluegreenk-${shortHash(home).slice(0, 4)}`,
    cgroup: `${id}-cluster`,
    containerdSocket: join(state, "containerd.sock"),
    containerdState: join(state, "containerd-run"),
    etcdSocket: join(state, "etcd.sock"),
    pki: join(state, "pki"),
    kubelet: join(state, "kubelet"),
  };
}
