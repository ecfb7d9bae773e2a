import { describe, expect, test } from "vitest";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import { NodeClock } from "../../../src/node/time/node-clock.js";

describe("NodeClock", () => {
  test("runs a task at its moment or after, never before", async () => {
    const clock = new NodeClock();
    for (const waitUs of [0, 300, 1000, 2500, 7000]) {
      const atUs = clock.nowUs() + waitUs;
      const ranUs = await new Promise<number>((resolve) => clock.schedule(atUs, () => resolve(clock.nowUs())));
      expect(ranUs).toBeGreaterThanOrEqual(atUs);
    }
  });

  test("runs a task that was due long ago", async () => {
    const clock = new NodeClock();
    await new Promise<void>((resolve) => clock.schedule(-5, resolve));
  });

  test("does not run a task that was disposed of, neither one that is due nor one that waits", async () => {
    const clock = new NodeClock();
    const ran: string[] = [];
    clock.schedule(clock.nowUs(), () => ran.push("due"))[Symbol.dispose]();
    clock.schedule(clock.nowUs() + 1000, () => ran.push("waiting"))[Symbol.dispose]();
    await new Promise<void>((resolve) => clock.schedule(clock.nowUs() + 3000, resolve));
    expect(ran).toEqual([]);
  });

  test("holds a wait longer than a libuv timer can (25 days) without firing at once", async () => {
    const clock = new NodeClock();
    let ran = false;
    const far = clock.schedule(clock.nowUs() + 90 * 86_400 * 1_000_000, () => {
      ran = true;
    });
    await new Promise<void>((resolve) => clock.schedule(clock.nowUs() + 2000, resolve));
    expect(ran).toBe(false);
    far[Symbol.dispose]();
  });

  test("tells whole microseconds, and a wall time within three milliseconds of the system's", () => {
    const clock = new NodeClock();
    expect(Number.isInteger(clock.nowUs())).toBe(true);
    expect(Number.isInteger(clock.wallUs())).toBe(true);
    const beforeMs = Date.now();
    const wallMs = clock.wallUs() / 1000;
    expect(wallMs).toBeGreaterThan(beforeMs - 3);
    expect(wallMs).toBeLessThan(Date.now() + 3);
  });
});

describe("NodeEntropy", () => {
  test("fills plain and shared bytes, of any length", () => {
    const entropy = new NodeEntropy();
    for (const bytes of [new Uint8Array(100_000), new Uint8Array(new SharedArrayBuffer(64))]) {
      entropy.fill(bytes);
      expect(new Set(bytes).size).toBeGreaterThan(20);
    }
  });
});
