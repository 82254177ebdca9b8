import type { Color, Sight } from "@bluegreen/core";
import { describe, expect, test } from "vitest";
import type { Lacking } from "../src/contracts/platform.ts";
import { goneAmong, madeAgain } from "../src/interlock/remade.ts";

const releases = {
  blue: { version: "1", containers: 2, images: {} },
  green: { version: "2", containers: 2, images: {} },
};
const seenAt = (color: Color): Sight => {
  const observation = { color, record: null, intact: true, current: true, movedBy: null };
  return { kind: "seen", observation, unfinished: null };
};
const lacking = (more: Partial<Lacking>): Lacking => {
  return {
    router: false,
    networks: [],
    containers: { blue: 0, green: 0 },
    images: { blue: {}, green: {} },
    lost: [],
    ...more,
  };
};
const gone = (more: Partial<Lacking>, sight: Sight = seenAt("blue")) =>
  goneAmong({ sight, live: "blue" }, lacking(more), releases);

describe("what someone else removed from a Docker host", () => {
  test("is nothing as long as all containers are there", () => {
    expect(gone({})).toEqual([]);
  });

  test("makes an idle color anew, also when only some of it is gone", () => {
    expect(gone({ containers: { blue: 0, green: 1 } })).toEqual(["green"]);
  });

  test("makes an idle color anew whose network is gone, for its containers can't be started any more", () => {
    expect(gone({ networks: ["green"] })).toEqual(["green"]);
  });

  test("leaves what remains of the live color to its users", () => {
    expect(gone({ containers: { blue: 1, green: 0 } })).toEqual([]);
    expect(gone({ networks: ["blue"] })).toEqual([]);
  });

  test("leaves the color alone that was live when the router was last seen", () => {
    expect(gone({ router: true, containers: { blue: 1, green: 1 } }, { kind: "absent" })).toEqual(["green"]);
  });

  test("makes the live color anew when there is nothing left of it", () => {
    expect(gone({ containers: { blue: 2, green: 0 } })).toEqual(["blue"]);
  });

  test("is made again in the run in which its number grows", () => {
    const remade = (blue: number) => ({
      router: 0,
      networks: { blue: 0, green: 0 },
      containers: { blue, green: 1 },
    });
    expect(madeAgain(remade(1), remade(2))).toEqual({ blue: true, green: false });
    expect(madeAgain(remade(1), remade(1))).toEqual({ blue: false, green: false });
    expect(madeAgain(undefined, undefined)).toEqual({ blue: false, green: false });
  });
});
