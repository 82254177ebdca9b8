import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { freePort } from "../docker/free-port.ts";
import { type Database, dataFolder, hostAddress, type Network, startServer } from "./server.ts";

const user = "redis";
const answerWithinMs = 2_000;

/** Redis as Debian packages it, with a password. It keeps nothing on disk. */
export async function startRedis(network: Network): Promise<Database> {
  const program = process.env.BLUEGREEN_REDIS;
  if (!program) throw new Error("BLUEGREEN_REDIS is not set: run this by packages/bootstrap/main.mjs exec");
  const [host, port, folder] = await Promise.all([hostAddress(network), freePort(), dataFolder(user)]);
  const password = randomBytes(12).toString("hex");
  const settings = [`port ${port}`, `bind ${host}`, `requirepass ${password}`, 'save ""', `dir ${folder}`];
  const stop = await startServer(
    {
      command: [program, "-"],
      user,
      input: `${settings.join("\n")}\n`,
      signal: "SIGTERM",
      answers: () => ping(host, port, password),
    },
    folder,
  );
  return { host, port, url: `redis://:${password}@${host}:${port}`, password, stop };
}

/** AUTH and PING as redis-cli sends them. */
function ping(host: string, port: number, password: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: answerWithinMs });
    let text = "";
    socket.on("timeout", () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after "${text.trim()}"`)));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes("+PONG")) return;
      resolve();
      socket.destroy();
    });
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}
