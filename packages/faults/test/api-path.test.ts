import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiPath } from "../src/api-path.ts";

describe("the path to an API", () => {
  let server: Server;
  let path: ApiPath;
  let asked = 0;
  beforeEach(async () => {
    asked = 0;
    server = createServer((_, answer) => {
      asked++;
      answer.end("here");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    path = await ApiPath.toAddress("127.0.0.1", (server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await path.close();
    server.closeAllConnections();
    server.close();
  });

  const ask = () =>
    new Promise<string>((resolve) => {
      const sent = get({ port: path.port, agent: false }, (answer) => {
        answer.setEncoding("utf8").on("data", resolve);
        answer.on("error", () => resolve("lost"));
      });
      sent.on("error", () => resolve("lost"));
    });

  it("leads there", async () => {
    expect(await ask()).toBe("here");
  });

  it("leads nowhere when it is cut, and there again when it is open", async () => {
    path.be("cut");
    expect(await ask()).toBe("lost");
    expect(asked).toBe(0);
    path.be("open");
    expect(await ask()).toBe("here");
  });

  it("holds requests while it hangs, and hands them on later", async () => {
    path.be("hangs");
    const answer = ask();
    expect(await Promise.race([answer, sleep(200, "nothing yet")])).toBe("nothing yet");
    expect(asked).toBe(0);
    path.be("open");
    expect(await answer).toBe("here");
  });

  it("hands requests on and loses the answers when it is deaf", async () => {
    path.be("deaf");
    const answer = ask();
    await expect.poll(() => asked).toBe(1);
    expect(await Promise.race([answer, sleep(200, "nothing yet")])).toBe("nothing yet");
    path.be("cut");
    expect(await answer).toBe("lost");
  });
});
