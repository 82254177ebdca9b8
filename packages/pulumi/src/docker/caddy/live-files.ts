import { posix } from "node:path";
import { createInterface } from "node:readline";
import { type Color, colors, type PerColor, type RouterRecord } from "@bluegreen/core";
import type { Reaches } from "../../contracts/release.ts";
import type { Written } from "../../contracts/router.ts";
import { backendsOf, behind } from "../../routers/interpret.ts";
import type { Docker } from "../api.ts";
import { openExec, runScript } from "../exec.ts";
import { readTree } from "../files.ts";
import { adminAddress, colorEntry, colorsFolder, liveFolder, serversPath, ways } from "./config.ts";

/**
 * Where live traffic goes, as folders in the router's container. Each state is one of its own (`gen-…`) with the record
 * and a folder for each exposed service. `web/way/3a/<backend>` is the backend that requests of this way go to,
 * `web/next/<backend>/<other>` the one that is tried when it refuses the connection. `current` is a link to one of the
 * states, so a rename of that link moves all ways of all services and the record in one step, at which no connection
 * notices anything.
 */
export interface LiveFiles {
  /** The folder that `current` points to, which is the token of the compare-and-swap; empty before the first write. */
  readonly generation: string;
  /** By `behind` where the state has several services. */
  readonly backends: readonly string[];
  readonly record: RouterRecord | null;
  /** The servers in Caddy's running configuration, by name. */
  readonly servers: Readonly<Record<string, unknown>>;
}

const readState = `
set -eu
mkdir -p "$1"; cd "$1"
current=$(readlink current || true)
echo "$current"
[ -z "$current" ] || cat "$current/record.json"
echo
wget -q -O - "$2"
echo
[ -n "$current" ] || exit 0
cd "$current"
for service in */; do
  [ -d "$service" ] || continue
  echo "$service"
  for found in "$service"way/*/*; do
    [ ! -e "$found" ] || echo "$service\${found#*/*/*/}"
  done
done | sort -u
`;

export async function readLiveFiles(docker: Docker, container: string): Promise<LiveFiles> {
  const url = `http://${adminAddress.host}:${adminAddress.port}${serversPath}`;
  const output = await runScript(docker, container, readState, [liveFolder, url]);
  const [generation = "", record = "", servers = "", ...found] = output.trimEnd().split("\n");
  const paths = found.filter((line) => line !== "");
  return {
    generation,
    record: record === "" ? null : (JSON.parse(record) as RouterRecord),
    servers: JSON.parse(servers) as LiveFiles["servers"],
    backends: backendsAmong(paths),
  };
}

/**
 * The same of a container that does not run, or only has the volume: where its Caddy will send requests once it is
 * started. Its configuration is the constant one then.
 */
export async function readFilesAtRest(docker: Docker, container: string): Promise<LiveFiles> {
  const { folders, texts, links } = await readTree(docker, container, liveFolder);
  const generation = links.current ?? "";
  const record = texts[`${generation}/record.json`] ?? "";
  const found = [...folders, ...Object.keys(texts)].flatMap((path) => {
    const [of, service, kind, , backend] = path.split("/");
    if (of !== generation || service === undefined || service === "record.json") return [];
    return kind === undefined ? [`${service}/`] : kind === "way" && backend ? [`${service}/${backend}`] : [];
  });
  return {
    generation,
    record: record === "" ? null : (JSON.parse(record) as RouterRecord),
    servers: {},
    backends: backendsAmong([...new Set(found)].sort()),
  };
}

/** `web/` for each service, and `web/<backend>` for each of its backends. */
function backendsAmong(lines: readonly string[]): string[] {
  const paths = lines.map((path) => path.split("/"));
  const services = new Set(paths.map(([service = ""]) => service));
  return [...services].flatMap((service) => {
    const dialed = paths.flatMap(([of, backend]) => (of === service && backend ? [backend] : []));
    return services.size === 1 ? dialed : behind(service, dialed);
  });
}

/**
 * Prepares the new state, says so, and waits for the word; a deployer that is gone never gives it. Who may follow a state
 * is decided by a hard link, which only one can make; whoever loses helps a winner that died before its rename. A state
 * is removed two states later, and known to be over by its link: those without one may be other writers' preparations.
 */
const swapState = `
set -eu
cd "$1"; next="$2"; expected="$3"; record="$4"; folders="$5"; shift 5
forget() { rm -rf "$next" "link-$next" "claim-$next"; }
mkdir "$next"
printf %s "$record" > "$next/record.json"
cd "$next"; mkdir -p $folders
for entry in "$@"; do : > "$entry"; done
cd ..
printf %s "$next" > "claim-$next"
ln -s "$next" "link-$next"
echo ready
if ! read -r go; then forget; exit; fi
if [ "$(readlink current || true)" = "$expected" ] && ln "claim-$next" "after-$expected" 2> /dev/null; then
  mv -T "link-$next" current
  echo written
  rm -f "claim-$next"
  for link in after-*; do
    old="\${link#after-}"
    [ "$old" = "$expected" ] || rm -rf "$old" "$link"
  done
  exit
fi
winner=$(cat "after-$expected" 2> /dev/null || true)
if [ -n "$winner" ] && [ "$(readlink current || true)" = "$expected" ]; then
  ln -s "$winner" "help-$next"
  mv -T "help-$next" current
fi
forget
echo conflict
`;

/** `services`: those that are exposed. */
export async function swapLiveFiles(
  docker: Docker,
  container: string,
  services: readonly string[],
  change: { readonly expected: string; readonly backends: readonly string[]; readonly record: RouterRecord },
): Promise<Written> {
  const { expected, backends, record } = change;
  const next = `gen-${record.attempt}-${Date.now().toString(36)}-${process.pid}`;
  const entries = services.flatMap((service) => {
    return deal(services.length === 1 ? backends : backendsOf(service, backends), service);
  });
  // Also of a service without a backend, so that the state says it is exposed.
  const folders = new Set([...services, ...entries.map((entry) => posix.dirname(entry))]);
  const args = [liveFolder, next, expected, JSON.stringify(record), [...folders].join(" "), ...entries];
  const session = await openExec(docker, container, ["sh", "-c", swapState, "sh", ...args]);
  const lines = createInterface({ input: session })[Symbol.asyncIterator]();
  try {
    await expectLine(lines, "ready");
    const started = performance.now();
    session.write("go\n");
    const result = await expectLine(lines, "written", "conflict");
    return { result, token: next, ms: Math.round((performance.now() - started) * 10) / 10 };
  } finally {
    session.destroy();
  }
}

/** A moment with two entries leads to the old or the new one; live traffic never comes this way. */
const leadColors = `
set -eu
mkdir -p "$1"; cd "$1"; shift
for entry in "$@"; do
  folder="\${entry%/*}"
  mkdir -p "$folder"
  : > "$entry"
  for other in "$folder"/*; do [ "$other" = "$entry" ] || rm -f "$other"; done
done
`;

/** Makes each color's own address lead to the port of its recorded release; a color without one keeps what it has. */
export async function leadToColors(
  docker: Docker,
  container: string,
  services: readonly string[],
  reach: Partial<PerColor<Reaches>>,
): Promise<void> {
  const entries = colors.flatMap((color) => {
    return services.flatMap((service) => {
      const port = reach[color as Color]?.[service]?.port;
      return port === undefined ? [] : [colorEntry(color, service, port)];
    });
  });
  if (entries.length > 0) await runScript(docker, container, leadColors, [colorsFolder, ...entries]);
}

async function expectLine<L extends string>(lines: AsyncIterator<string>, ...wanted: readonly L[]): Promise<L> {
  const { value, done } = await lines.next();
  const line = wanted.find((one) => one === value);
  if (line === undefined) throw new Error(`the router's shell ${done ? "ended early" : `said "${value}"`}`);
  return line;
}

/** The entries of a service: in each way one of its backends in turn, and after each backend the next one. */
export function deal(backends: readonly string[], service: string): string[] {
  if (backends.length === 0) return [];
  const inTurn = (index: number) => backends[index % backends.length];
  const first = ways.map((way, index) => `way/${way}/${inTurn(index)}`);
  const next = backends.length === 1 ? [] : backends.map((backend, index) => `next/${backend}/${inTurn(index + 1)}`);
  return [...first, ...next].map((entry) => `${service}/${entry}`);
}
