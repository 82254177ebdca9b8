/** Starts a load, says its process id and waits to be killed: the parent that dies in load.test.ts. */
import { startLoad } from "../../src/load/load.ts";

const load = await startLoad({ url: process.argv[2]!, rate: 50 });
process.stdout.write(`${load.pid}\n`);
setInterval(() => {}, 1000);
