import { ensureArgo } from "../argo.mjs";
import { Problem } from "../problem.mjs";
import { program } from "./programs.mjs";

const limitMs = 60 * 60_000;
/** Interrupted, a benchmark takes down what it has up. */
const graceMs = 120_000;

const benches = {
  docker: {
    file: "bench/src/main.ts",
    says: "Caddy: our switch against a bare PATCH, pulumi up against one with nothing to do",
  },
  kubernetes: {
    file: "bench/src/kubernetes/switch.ts",
    says: "a Service: our cutover against a bare selector patch",
    onCluster: true,
  },
  drain: {
    file: "bench/src/kubernetes/drain/main.ts",
    says: "a Service: kept connections and websockets, by our drain and by a bare patch",
    onCluster: true,
  },
  argo: {
    file: "bench/src/kubernetes/argo/main.ts",
    says: "a Service: a release that dies after the switch, under Argo Rollouts and under ours",
    onCluster: true,
    more: argo,
  },
  services: {
    file: "bench/src/kubernetes/services.ts",
    says: "1, 5 and 20 Services: how long pulumi up takes to switch them all",
    onCluster: true,
  },
};

/** `bench [name] [options of that benchmark]`; without a name, Docker's. */
export async function bench({ args, progress }) {
  const named = args[0] !== undefined && !args[0].startsWith("-");
  const name = named ? args[0] : "docker";
  if (!Object.hasOwn(benches, name)) {
    const lines = Object.entries(benches).map(([known, { says }]) => `npm run bench -- ${known.padEnd(10)}  ${says}`);
    throw new Problem(`there is no benchmark "${name}"`, { fix: lines });
  }
  const { says: _says, ...how } = benches[name];
  return program({ ...how, args: named ? args.slice(1) : args, progress, limitMs, graceMs });
}

async function argo(places) {
  const { version, controller, crds } = await ensureArgo(places);
  return { BLUEGREEN_ARGO: controller, BLUEGREEN_ARGO_CRDS: crds, BLUEGREEN_ARGO_VERSION: version };
}
