import { createInterface } from "node:readline";
import type { RouterRecord } from "@bluegreen/core";
import type Docker from "dockerode";
import { openExec, runScript } from "../docker/exec.ts";
import { backendsOf, type Written } from "../router.ts";
import { adminAddress, liveFolder, serversPath, slots } from "./caddy-config.ts";

/**
 * Where live traffic goes, as files in the router's container. Each state is a folder of its own (`gen-…`): one file a
 * slot with the backend to dial, and the record; where several services are exposed, a folder each with its slots.
 * `current` is a link to one of them, so a rename of that link moves all slots of all services and the record in one
 * step, at which no connection notices anything.
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
show() {
  slot=0
  while [ -f "$1/$slot" ]; do
    dial=; read -r dial < "$1/$slot" || true
    echo "$2$dial"; slot=$((slot + 1))
  done
}
show "$current" ""
for folder in "$current"/*/; do
  folder="\${folder%/}"
  if [ -d "$folder" ] && [ ! -L "$folder" ]; then show "$folder" "\${folder##*/}="; fi
done
`;

export async function readLiveFiles(docker: Docker, container: string): Promise<LiveFiles> {
  const url = `http://${adminAddress.host}:${adminAddress.port}${serversPath}`;
  const output = await runScript(docker, container, readState, [liveFolder, url]);
  const [generation = "", record = "", servers = "", ...dealt] = output.trimEnd().split("\n");
  return {
    generation,
    record: record === "" ? null : (JSON.parse(record) as RouterRecord),
    servers: JSON.parse(servers) as LiveFiles["servers"],
    backends: [...new Set(dealt.filter((backend) => backend !== "" && !backend.endsWith("=")))],
  };
}

/**
 * Prepares the new state, says so, and waits for the word; a deployer that is gone never gives it. Who may follow a state
 * is decided by a hard link, which only one can make; whoever loses helps a winner that died before its rename. A state
 * is removed two states later, and known to be over by its link: those without one may be other writers' preparations.
 */
const swapState = `
set -eu
cd "$1"; next="$2"; expected="$3"; record="$4"; only="$5"; shift 5
forget() { rm -rf "$next" "link-$next" "claim-$next"; }
mkdir "$next"
printf %s "$record" > "$next/record.json"
[ -z "$only" ] || ln -s . "$next/$only"
for slot in "$@"; do
  file="$next/\${slot%%=*}"
  [ -d "\${file%/*}" ] || mkdir "\${file%/*}"
  printf %s "\${slot#*=}" > "$file"
done
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

/**
 * `services`: those that are exposed. The slots of an only one lie in no folder, as they always have; a link gives them
 * the folder, too, in which they are looked for once there are others beside it.
 */
export async function swapLiveFiles(
  docker: Docker,
  container: string,
  services: readonly string[],
  wish: { readonly expected: string; readonly backends: readonly string[]; readonly record: RouterRecord },
): Promise<Written> {
  const { expected, backends, record } = wish;
  const next = `gen-${record.attempt}-${Date.now().toString(36)}-${process.pid}`;
  const only = services.length === 1 ? (services[0] ?? "") : "";
  const slots = only !== "" ? deal(backends) : services.flatMap((one) => deal(backendsOf(one, backends), `${one}/`));
  const args = [liveFolder, next, expected, JSON.stringify(record), only, ...slots];
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

async function expectLine<L extends string>(lines: AsyncIterator<string>, ...wanted: readonly L[]): Promise<L> {
  const { value, done } = await lines.next();
  const line = wanted.find((one) => one === value);
  if (line === undefined) throw new Error(`the router's shell ${done ? "ended early" : `said "${value}"`}`);
  return line;
}

/** One backend a slot, in turn: `7=host:port`. */
export function deal(backends: readonly string[], folder = ""): string[] {
  if (backends.length === 0) return [];
  return Array.from({ length: slots }, (_, index) => `${folder}${index}=${backends[index % backends.length]}`);
}
