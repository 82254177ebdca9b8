import { describe, expect, test } from "vitest";
import { collide, parseSockets } from "../src/docker/ports.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0`;
const table6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4714 1
   1: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4715 1
   2: 00000000000000000000000001000000:1F93 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4716 1`;

describe("ports of the Docker host", () => {
  test("are held by sockets that listen, at one address or at all", () => {
    expect(parseSockets(table)).toEqual([
      { host: "127.0.0.1", port: 8080, inode: "4711" },
      { host: "::", port: 80, inode: "4712" },
    ]);
    expect(parseSockets(table6)).toEqual([
      { host: "::", port: 8081, inode: "4714" },
      { host: "127.0.0.1", port: 8082, inode: "4715" },
      { host: "::1", port: 8083, inode: "4716" },
    ]);
  });

  test.each([
    ["0.0.0.0", "127.0.0.1", true],
    ["127.0.0.1", "::", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "10.0.0.1", false],
    ["::1", "127.0.0.1", false],
  ])("%s and %s are the same: %s", (one, other, same) => {
    expect(collide(one, other)).toBe(same);
  });
});
