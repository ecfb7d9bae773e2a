import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { DirectReading } from "../../../src/node/av/direct-reading.js";

/** Reads `count` times, each taking `takesMs`; answers for each whether it was made directly. */
function read(reading: DirectReading, count: number, takesMs = 0, from = { ms: 0 }): boolean[] {
  return Array.from({ length: count }, () => {
    const isDirect = reading.mayBeDirect(from.ms);
    if (isDirect) {
      from.ms += takesMs;
      reading.done(from.ms);
    }
    return isDirect;
  });
}

const directOf = (reads: readonly boolean[]): number => reads.filter((isDirect) => isDirect).length;

test("a row of direct reads ends with one through the pool, so that a long row holds nothing else up", () => {
  const reads = read(new DirectReading(true), 99);
  expect(reads.flatMap((isDirect, i) => (isDirect ? [] : [i]))).toEqual([32, 65, 98]);
});

test("who reads a little now and then never needs the pool", () => {
  const reading = new DirectReading(true);
  for (let ms = 0; ms < 10_000; ms += 100) {
    expect(directOf(read(reading, 8, 0, { ms }))).toBe(8);
  }
});

test("after a read that waited for the disk the next 64 go through the pool, twice as many after each further one", () => {
  const reading = new DirectReading(true);
  const clock = { ms: 0 };
  for (const away of [64, 128, 256, 512, 1024, 2048, 4096, 4096]) {
    expect(read(reading, 1, 10, clock)).toEqual([true]);
    expect(directOf(read(reading, away, 0, clock))).toBe(0);
  }
});

test("a disk that has become quick is trusted again", () => {
  const reading = new DirectReading(true);
  const clock = { ms: 0 };
  for (const away of [64, 128]) {
    read(reading, 1, 10, clock);
    read(reading, away, 0, clock);
  }
  read(reading, 1200, 0, clock);
  clock.ms += 100;
  read(reading, 1, 10, clock);
  expect(directOf(read(reading, 65, 0, clock))).toBe(1);
});

test("what lies on no disk of this machine is never read directly, nor what cannot be told", async () => {
  expect(directOf(read(new DirectReading(false), 100))).toBe(0);
  expect(directOf(read(await DirectReading.of("/proc/self/mounts"), 10))).toBe(0);
  expect(directOf(read(await DirectReading.of("/no/such/file"), 10))).toBe(0);
});

test("the folder for temporary files is local", async () => {
  expect(directOf(read(await DirectReading.of(tmpdir()), 10))).toBe(10);
});
