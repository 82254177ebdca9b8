import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Amounts,
  amountText,
  capacityBreaches,
  type Load,
  type Occupant,
  type Pool,
  resources,
  shortages,
} from "../src/capacity.ts";

const GB = 1_024 ** 3;
const host = (memory: number, cpus = 4_000): Pool => ({
  name: "on the Docker host",
  rooms: [{ name: "host", free: { memory, cpus } }],
});
const load = (change: Partial<Load> = {}): Load => ({
  color: "green",
  release: "1.1.0",
  service: "web",
  replicas: 2,
  takes: { memory: GB, cpus: 500 },
  present: "kept",
  ...change,
});
const occupant = (change: Partial<Occupant> = {}): Occupant => ({
  color: "green",
  service: "web",
  takes: { memory: GB, cpus: 500 },
  rooms: ["host"],
  ...change,
});

const problems = (loads: readonly Load[], pools: readonly Pool[], occupants: readonly Occupant[] = []) =>
  capacityBreaches(shortages(loads, pools, occupants), false).map(({ fault }) => fault.problem);

describe("room for a color", () => {
  test("is refused with what it needs, what is free and where", () => {
    const [breach] = capacityBreaches(shortages([load()], [host(1.5 * GB)], []), false);
    expect(breach).toEqual({
      fault: {
        code: "no-room",
        problem: "green 1.1.0 needs 2.00 GB of memory for 2 × web; free on the Docker host: 1.50 GB of memory",
        at: "services.web.resources",
        fix: expect.stringContaining("allowOvercommit: true"),
      },
      override: null,
    });
  });

  test("is there all the same where the user says so, and the journal says what for", () => {
    const [breach] = capacityBreaches(shortages([load()], [host(-GB)], []), true);
    expect(breach?.override).toBe(
      "allowOvercommit green 1.1.0 needs 2.00 GB of memory for 2 × web; free on the Docker host: 0 MB of memory",
    );
  });

  test("is what both colors need together", () => {
    const blue = load({ color: "blue", release: "1.0.0", service: "api" });
    expect(problems([blue, load()], [host(3 * GB)])).toEqual([
      expect.stringContaining("blue 1.0.0 and green 1.1.0 needs 4.00 GB of memory for 2 × api, 2 × web;"),
    ]);
    expect(problems([blue, load()], [host(4 * GB)])).toEqual([]);
  });

  test("is there for what runs already, and for one more only what it needs", () => {
    const running = [occupant(), occupant()];
    expect(problems([load()], [host(-GB, -4_000)], running)).toEqual([]);
    expect(problems([load({ replicas: 3 })], [host(0.5 * GB)], running)).toEqual([
      expect.stringContaining("needs 1.00 GB of memory for 1 × web"),
    ]);
  });

  test("is what those leave that are replaced, unless the others come beside them", () => {
    const running = [occupant(), occupant()];
    const larger = load({ takes: { memory: 2 * GB }, present: "first" });
    expect(problems([larger], [host(2 * GB)], running)).toEqual([]);
    expect(problems([larger], [host(2 * GB - 1)], running)).toHaveLength(1);
    expect(problems([{ ...larger, present: "beside" }], [host(2 * GB)], running)).toHaveLength(1);
  });

  test("is what services of the other color leave that are gone before it comes", () => {
    const live = load({ color: "blue", release: "1.0.0" });
    const running = [occupant({ color: "blue" }), occupant({ color: "blue" })];
    expect(problems([live, load({ relieves: ["web"] })], [host(0)], running)).toEqual([]);
    expect(problems([live, load({ relieves: ["bot"] })], [host(0)], running)).toHaveLength(1);
    expect(problems([live, load({ relieves: ["web"], replicas: 3 })], [host(0)], running)).toHaveLength(1);
  });

  test("is not missed by what needs no more than before, however little there is", () => {
    const running = [occupant(), occupant()];
    expect(problems([load({ present: "first" })], [host(-9 * GB, -9_000)], running)).toEqual([]);
  });

  test("does not count what is scattered", () => {
    const nodes = { name: "on 2 nodes", rooms: ["a", "b"].map((name) => ({ name, free: { memory: 1.5 * GB } })) };
    expect(problems([load()], [nodes])).toEqual([]);
    expect(problems([load({ replicas: 1, takes: { memory: 2 * GB } })], [nodes])).toEqual([
      "green 1.1.0 needs 2.00 GB of memory each for 1 × web; free on 2 nodes: in one place at most 1.50 GB of memory",
    ]);
    expect(problems([load({ replicas: 3 })], [nodes])).toHaveLength(1);
  });

  test("is unlimited where nothing bounds it, and none where there is no place", () => {
    expect(problems([load({ takes: { pods: 1, memoryLimit: GB } })], [host(0)])).toEqual([]);
    expect(problems([load()], [])).toEqual([]);
    expect(problems([load({ takes: { pods: 1 } })], [{ name: "on 0 nodes", rooms: [] }])).toEqual([
      "green 1.1.0 needs 2 pods for 2 × web; free on 0 nodes: 0 pods",
    ]);
  });
});

test("amounts are texts for people", () => {
  expect(amountText("memory", 512 * 1_048_576)).toBe("512 MB of memory");
  expect(amountText("memoryLimit", 3 * GB)).toBe("3.00 GB of memory limits");
  expect(amountText("cpus", 250)).toBe("0.25 CPUs");
  expect(amountText("cpuLimit", 2_000)).toBe("2 CPU limits");
  expect(amountText("pods", 3)).toBe("3 pods");
});

const amounts = fc.record({ memory: fc.nat(4), cpus: fc.nat(4) });
const anyLoad = fc.record({
  service: fc.constantFrom("web", "api"),
  replicas: fc.integer({ min: 1, max: 3 }),
  takes: amounts,
  present: fc.constantFrom("kept" as const, "first" as const, "beside" as const),
});
const anyOccupant = fc.record({
  service: fc.constantFrom("web", "api"),
  takes: amounts,
  rooms: fc.constantFrom(["a"], ["b"], []),
});
const world = fc.record({
  loads: fc.uniqueArray(anyLoad, { selector: ({ service }) => service, maxLength: 2 }),
  occupants: fc.array(anyOccupant, { maxLength: 3 }),
  rooms: fc.array(fc.record({ memory: fc.integer({ min: -2, max: 8 }), cpus: fc.integer({ min: -2, max: 8 }) }), {
    minLength: 1,
    maxLength: 2,
  }),
});

/** Tries every way to place them: the yardstick, too slow for anything but a test. */
function fits(pieces: readonly Amounts[], rooms: readonly Amounts[]): boolean {
  const [first, ...rest] = pieces;
  if (!first) return true;
  return rooms.some((room, index) => {
    const holds = resources.every((key) => !first[key] || (room[key] ?? 0) >= first[key]);
    const left = Object.fromEntries(
      Object.entries(room).map(([key, free]) => [key, free - (first[key as "memory"] ?? 0)]),
    );
    return holds && fits(rest, rooms.with(index, left));
  });
}

test("whatever could be placed is never refused; in one room whatever could not is", async () => {
  await fc.assert(
    fc.property(world, ({ loads: wished, occupants: there, rooms }) => {
      const loads = wished.map((one) => ({ color: "green", release: "2", ...one }) as const);
      const names = ["a", "b"].slice(0, rooms.length);
      const occupants = there.map((one) => ({ color: "green", ...one }) as const);
      const pool = { name: "here", rooms: rooms.map((free, index) => ({ name: names[index] ?? "", free })) };
      const found = shortages(loads, [pool], occupants);

      const inside = occupants.filter((one) => one.rooms.some((name) => names.includes(name)));
      const leaving = inside.filter(({ service }) =>
        loads.some((one) => one.service === service && one.present === "first"),
      );
      const sum = (of: readonly Occupant[], key: "memory" | "cpus") =>
        of.reduce((all, { takes }) => all + (takes[key] ?? 0), 0);
      const free = rooms.map((room, index) => {
        const gone = leaving.filter((one) => one.rooms.some((name) => name === names[index]));
        return { memory: room.memory + sum(gone, "memory"), cpus: room.cpus + sum(gone, "cpus") };
      });
      const pieces = loads.flatMap(({ service, replicas, takes, present }) => {
        const kept = present === "kept" ? inside.filter((one) => one.service === service).length : 0;
        return Array.from({ length: Math.max(0, replicas - kept) }, () => takes);
      });
      if (fits(pieces, free)) expect(found).toEqual([]);
      for (const { resource, needed, scattered } of found) {
        const total = pieces.reduce((all, piece) => all + (piece[resource as "memory"] ?? 0), 0);
        expect(total).toBeGreaterThan(sum(leaving, resource as "memory"));
        if (!scattered) expect(needed).toBe(total);
      }
      if (rooms.length > 1) return;
      for (const key of ["memory", "cpus"] as const) {
        const needed = pieces.reduce((all, piece) => all + piece[key], 0);
        const short = needed > Math.max(0, free[0]?.[key] ?? 0) && needed > sum(leaving, key);
        expect(found.some(({ resource }) => resource === key)).toBe(short);
      }
    }),
    { numRuns: 10_000 },
  );
});
