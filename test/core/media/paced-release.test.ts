import { describe, expect, test } from "vitest";
import { PacedRelease, type PacedReleaseOptions } from "../../../src/core/media/paced-release.js";
import { ManualClock } from "../../sim/manual-clock.js";

type Item = { readonly timeUs: number; readonly byteLength: number; readonly name: string; release(): void };

type Options = Partial<Pick<PacedReleaseOptions<Item>, "maxAheadUs" | "maxBytes" | "leadUs">>;

function setup(options: Options = {}) {
  const clock = new ManualClock({ startUs: 7_000_000 });
  const delivered: string[] = [];
  const thrown: string[] = [];
  const release = new PacedRelease<Item>({
    clock,
    deliver: (item) => delivered.push(`${item.name}@${clock.nowUs() - 7_000_000}`),
    isSkippable: (item) => item.name.startsWith("v"),
    ...options,
  });
  const item = (name: string, timeUs: number): Item => ({
    name,
    timeUs,
    byteLength: 1000,
    release: () => thrown.push(name),
  });
  return { clock, release, delivered, thrown, item };
}

test("the first item goes at once, the others at their distance from it", () => {
  const { clock, release, delivered, item } = setup();
  release.push(item("v0", 50_000));
  release.push(item("a0", 55_000));
  release.push(item("v1", 90_000));
  clock.advance(0);
  expect(delivered).toEqual(["v0@0"]);
  clock.advance(100_000);
  expect(delivered).toEqual(["v0@0", "a0@5000", "v1@40000"]);
});

test("what has a lead leaves so long before its time, whatever was pushed before it", () => {
  const { clock, release, delivered, item } = setup({ leadUs: ({ name }) => (name.startsWith("a") ? 30_000 : 0) });
  release.push(item("v0", 50_000));
  release.push(item("a0", 60_000));
  release.push(item("v1", 90_000));
  release.push(item("a1", 100_000));
  clock.advance(0);
  expect(delivered).toEqual(["v0@0", "a0@0"].reverse());
  clock.advance(100_000);
  expect(delivered.slice(2)).toEqual(["a1@20000", "v1@40000"]);
});

test("one with a lead that comes while others wait goes first", () => {
  const { clock, release, delivered, item } = setup({ leadUs: ({ name }) => (name.startsWith("a") ? 30_000 : 0) });
  release.push(item("v0", 0));
  clock.advance(0);
  release.push(item("v1", 40_000));
  clock.advance(5000);
  release.push(item("a1", 40_000));
  clock.advance(100_000);
  expect(delivered).toEqual(["v0@0", "a1@10000", "v1@40000"]);
});

test("it has room for a bounded time and a bounded number of bytes, and always for two items", () => {
  const { release, item } = setup({ maxAheadUs: 100_000, maxBytes: 3500 });
  release.push(item("v0", 0));
  release.push(item("v1", 5_000_000));
  expect(release.hasRoom).toBe(false);
  const other = setup({ maxBytes: 3500 });
  for (let i = 0; other.release.hasRoom; i++) {
    other.release.push(other.item("v", i));
  }
  expect(other.release.depth).toBe(4);
});

test("room is told of when something was delivered", () => {
  const { clock, release, item } = setup();
  let told = 0;
  release.roomMade.on(() => told++);
  release.push(item("v0", 0));
  clock.advance(0);
  expect(told).toBe(1);
});

describe("delays", () => {
  test("late pictures are skipped while a later one is due, sound never is", () => {
    // The host hung: the tick that was due long ago comes only now.
    let nowUs = 0;
    let tick = (): void => {};
    const clock = {
      nowUs: () => nowUs,
      wallUs: () => nowUs,
      schedule: (_: number, task: () => void) => {
        tick = task;
        return { [Symbol.dispose]: () => {} };
      },
    };
    const { item, thrown } = setup();
    const delivered: string[] = [];
    const release = new PacedRelease<Item>({
      clock,
      deliver: ({ name }) => delivered.push(name),
      isSkippable: ({ name }) => name.startsWith("v"),
    });
    for (let i = 0; i < 6; i++) {
      release.push(item(`v${i}`, i * 40_000));
      release.push(item(`a${i}`, i * 40_000));
    }
    nowUs = 190_000;
    tick();
    expect(delivered).toEqual(["a0", "a1", "a2", "v3", "a3", "v4", "a4"]);
    expect(thrown).toEqual(["v0", "v1", "v2"]);
    expect(release.skipped).toBe(3);
  });

  test("a maker that is too slow moves the origin instead of being late for ever", () => {
    const { clock, release, delivered, item } = setup();
    release.push(item("v0", 0));
    clock.advance(1_000_000);
    release.push(item("v1", 40_000));
    release.push(item("v2", 80_000));
    clock.advance(1_000_000);
    expect(delivered).toEqual(["v0@0", "v1@1000000", "v2@1040000"]);
    expect(release.rebased).toBe(1);
  });

  test("a short delay does not move it: the next items come on the old beat", () => {
    const { clock, release, delivered, item } = setup();
    release.push(item("v0", 0));
    clock.advance(100_000);
    release.push(item("v1", 40_000));
    release.push(item("v2", 160_000));
    clock.advance(1_000_000);
    expect(delivered).toEqual(["v0@0", "v1@100000", "v2@160000"]);
    expect(release.rebased).toBe(0);
  });
});

describe("the end", () => {
  test("is told once, after the last item", () => {
    const { clock, release, delivered, item } = setup();
    const ends: number[] = [];
    release.ended.on(() => ends.push(delivered.length));
    release.push(item("v0", 0));
    release.push(item("v1", 40_000));
    release.finish();
    clock.advance(10_000);
    expect(ends).toEqual([]);
    clock.advance(100_000);
    expect(ends).toEqual([2]);
    expect(clock.pending).toBe(0);
  });

  test("closing throws away what is held, delivers nothing more and leaves no timer", () => {
    const { clock, release, delivered, thrown, item } = setup();
    release.push(item("v0", 0));
    release.push(item("v1", 40_000));
    release.close();
    release.push(item("v2", 80_000));
    clock.advance(1_000_000);
    expect(delivered).toEqual([]);
    expect(thrown).toEqual(["v0", "v1", "v2"]);
    expect([release.hasRoom, clock.pending]).toEqual([false, 0]);
  });
});

test("nothing goes to a receiver that has no room, nothing is lost, and it goes on from there", () => {
  const clock = new ManualClock({ startUs: 7_000_000 });
  const delivered: string[] = [];
  let isReady = true;
  const release = new PacedRelease<Item>({
    clock,
    deliver: ({ name }) => delivered.push(`${name}@${clock.nowUs() - 7_000_000}`),
    isSkippable: () => true,
    isReady: () => isReady,
  });
  const { item } = setup();
  for (let i = 0; i < 4; i++) {
    release.push(item(`v${i}`, i * 40_000));
  }
  clock.advance(50_000);
  isReady = false;
  clock.advance(1_000_000);
  expect(delivered).toEqual(["v0@0", "v1@40000"]);
  isReady = true;
  clock.advance(100_000);
  // Asked every 5 ms from 80 ms on.
  expect(delivered.slice(2)).toEqual(["v2@1055000", "v3@1095000"]);
  expect([release.skipped, release.rebased]).toEqual([0, 1]);
});
