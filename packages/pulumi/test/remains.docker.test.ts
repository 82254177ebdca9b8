import { randomBytes } from "node:crypto";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDocker } from "../src/docker/client.ts";
import { labels } from "../src/docker/labels.ts";
import { remainsOf } from "../src/docker/remains.ts";

const docker = new Docker();
/** The library's own client. */
const api = connectDocker("");
const app = `remains-${randomBytes(3).toString("hex")}`;
const made: Docker.Container[] = [];

async function make(more: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
  const Labels = {
    [labels.app]: app,
    [labels.role]: "backend",
    [labels.color]: "green",
    [labels.release]: "1.1.0",
    [labels.service]: "web",
  };
  const container = await docker.createContainer({ Image: "localhost/bluegreen/shop:1.1.0", Labels, ...more });
  made.push(container);
  return container;
}

const stateOf = async (container: Docker.Container) => (await container.inspect()).State.Status;

let stopped: Docker.Container;
let halfMade: Docker.Container;
beforeAll(async () => {
  stopped = await make();
  await stopped.start();
  await stopped.stop({ t: 0 });
  halfMade = await make({ NetworkDisabled: true });
});
afterAll(async () => {
  for (const container of made) await container.remove({ force: true });
});

test("a candidate that was stopped is started, and what a killed run left half made is not", async () => {
  const remains = remainsOf(api, app, "green", "1.1.0");
  expect(await remains.runs()).toBe(false);
  expect(await remains.start()).toBe(true);
  expect([await stateOf(stopped), await stateOf(halfMade)]).toEqual(["running", "created"]);
  expect(await remains.start()).toBe(false);
  expect(await remains.stop(async () => null)).toBeNull();
  expect([await stateOf(stopped), await stateOf(halfMade)]).toEqual(["exited", "created"]);
});

test("one that was given more time to end than Docker's 10 s has it", async () => {
  const Cmd = ["sh", "-c", "trap 'sleep 11; exit 7' TERM; while :; do sleep 0.2; done"];
  const slow = await make({ Entrypoint: [], Cmd, StopTimeout: 60 });
  await slow.start();
  expect(await remainsOf(api, app, "green", "1.1.0").stop(async () => null)).toBeNull();
  expect((await slow.inspect()).State).toMatchObject({ Status: "exited", ExitCode: 7 });
});
