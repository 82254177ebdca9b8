/** Programs that containers may have, for connections that go out from inside them. */
const has = 'has() { command -v "$1" >/dev/null 2>&1; }';
const none = `echo "the container has no program that opens connections; use exec() or command() instead" >&2; exit 127`;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Joins its own input and output to a connection. */
export function joinTo({ host, port }: Address): string[] {
  const script = `${has}
if has nc; then exec nc "$1" "$2"
elif has socat; then exec socat - "TCP:$1:$2"
elif has node; then exec node -e '${joinByNode}' "$1" "$2"
elif has python3; then exec python3 -c '${joinByPython}' "$1" "$2"
elif has bash; then exec bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit 1; cat <&3 & cat >&3' "$1" "$2"
fi
${none}`;
  return ["sh", "-c", script, "sh", host, String(port)];
}

/**
 * Ends with 0 once a connection was made. Programs that say so themselves come before `nc`, whose options differ: BusyBox
 * often lacks `-z`, and runs a program once it is connected.
 */
export function reach({ host, port }: Address): string[] {
  const script = `${has}
if has node; then exec node -e '${reachByNode}' "$1" "$2"
elif has python3; then exec python3 -c '${reachByPython}' "$1" "$2"
elif has bash; then exec bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
elif has nc; then
  case "$(nc --help 2>&1)" in
    *BusyBox*) exec nc -w 10 "$1" "$2" -e sh -c "exit 0" ;;
    *) exec nc -z "$1" "$2" ;;
  esac
fi
${none}`;
  return ["sh", "-c", script, "sh", host, String(port)];
}

const connectByNode =
  's=require("net").connect(+process.argv[2],process.argv[1]).on("error",e=>{console.error(e.message);process.exit(1)})';
const joinByNode = `${connectByNode};process.stdin.pipe(s).pipe(process.stdout)`;
const reachByNode = `${connectByNode}.on("connect",()=>process.exit(0))`;

const connectByPython = `import os,socket,sys,threading
s=socket.create_connection((sys.argv[1],int(sys.argv[2])))`;
const joinByPython = `${connectByPython}
def send():
  while d:=os.read(0,65536): s.sendall(d)
  s.shutdown(1)
threading.Thread(target=send,daemon=True).start()
while d:=s.recv(65536): os.write(1,d)`;
const reachByPython = connectByPython;
