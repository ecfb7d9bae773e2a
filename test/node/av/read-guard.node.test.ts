import { stat } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { describe, expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { loadNodeAv } from "../../../src/node/av/load-node-av.js";
import { openNetworkSource } from "../../../src/node/av/network-source.js";
import { poolThreads, ReadGuard } from "../../../src/node/av/read-guard.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";
import { cameraClip, FakeCamera } from "./fake-camera.js";
import { nextTurn, until } from "./rig.js";

test.each([
  [undefined, 4],
  ["16", 16],
  ["0", 1],
  ["99999", 1024],
  ["many", 4],
])("UV_THREADPOOL_SIZE=%s means %i threads", (setting, threads) => {
  expect(poolThreads(setting)).toBe(threads);
});

test("too many blocking sources are warned about, once, with the way out", () => {
  const lines: string[] = [];
  const logger = new Logger({ level: "warn", wallUs: () => 0, sink: (line) => lines.push(line) });
  const guard = new ReadGuard(4);
  const readers = [1, 2].map(() => guard.admitReader(logger));
  expect(lines).toEqual([]);
  readers.push(guard.admitReader(logger), guard.admitReader(logger));
  expect(lines.length).toBe(1);
  expect(lines[0]).toContain("UV_THREADPOOL_SIZE=16");
  for (const reader of readers) {
    reader[Symbol.dispose]();
    reader[Symbol.dispose]();
  }
  expect(guard.readers).toBe(0);
});

describe("turns to open", () => {
  test("a quarter of the threads may open at once, the rest wait in order", async () => {
    const guard = new ReadGuard(8);
    const { signal } = new AbortController();
    const order: number[] = [];
    const turns: Disposable[] = [];
    for (let i = 0; i < 4; i++) {
      void guard.turn(signal).then((turn) => {
        order.push(i);
        turns.push(turn);
      });
    }
    await nextTurn();
    expect(order).toEqual([0, 1]);
    turns[1][Symbol.dispose]();
    turns[1][Symbol.dispose]();
    await nextTurn();
    expect(order).toEqual([0, 1, 2]);
    turns[0][Symbol.dispose]();
    await nextTurn();
    expect(order).toEqual([0, 1, 2, 3]);
  });

  test("who gives up waiting leaves the queue", async () => {
    const guard = new ReadGuard(1);
    const { signal } = new AbortController();
    const first = await guard.turn(signal);
    const impatient = new AbortController();
    const waiting = guard.turn(impatient.signal);
    const patient = guard.turn(signal);
    impatient.abort(new Error("no longer"));
    await expect(waiting).rejects.toThrow("no longer");
    first[Symbol.dispose]();
    await expect(patient).resolves.toBeDefined();
  });
});

/** How long a call into the file system takes at most, but for one in a hundred, in milliseconds. */
async function statP99(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const beganMs = performance.now();
    await stat(import.meta.dirname);
    times.push(performance.now() - beganMs);
  }
  return times.sort((one, other) => one - other)[296];
}

test.each([
  ["take the connection and never answer", "all"],
  ["answer, but not to DESCRIBE", "DESCRIBE"],
])("four dead cameras that %s leave the file system as quick as it was, with libuv's four threads", async (_, deafTo) => {
  await loadNodeAv();
  const clip = await cameraClip();
  const clock = new NodeClock();
  const cameras = await Promise.all([1, 2, 3, 4].map(() => FakeCamera.start(clip, { deafTo })));
  const quietMs = await statP99();
  const stopping = new AbortController();
  const opening = cameras.map((camera) =>
    openNetworkSource({ url: camera.url(), loop: false, clock, timeoutMs: 60_000, signal: stopping.signal }),
  );
  const ends = Promise.allSettled(opening);
  onTestFinished(() => stopping.abort());
  const isWaiting = (camera: FakeCamera): boolean =>
    camera.requests.some((request) => deafTo === "all" || request.startsWith(deafTo));
  await until(() => (deafTo === "all" ? cameras.every(isWaiting) : cameras.some(isWaiting)));
  const busyMs = await statP99();
  // Starved, it would be the length of the wait: a minute.
  expect(busyMs).toBeLessThan(quietMs + 5000);
  stopping.abort(new Error("enough"));
  expect((await ends).every(({ status }) => status === "rejected")).toBe(true);
});
