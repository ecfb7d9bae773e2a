import { describe, expect, test } from "vitest";
import { BrowserEntropy } from "../../../src/browser/crypto/browser-entropy.js";
import { BrowserClock } from "../../../src/browser/time/browser-clock.js";

describe("BrowserClock", () => {
  test("runs a task at its moment or after, never before", async () => {
    const clock = new BrowserClock();
    for (const waitUs of [-5, 0, 300, 2500]) {
      const atUs = clock.nowUs() + waitUs;
      const ranUs = await new Promise<number>((resolve) => clock.schedule(atUs, () => resolve(clock.nowUs())));
      expect(ranUs).toBeGreaterThanOrEqual(atUs);
    }
  });

  test("does not run a task that was disposed of", async () => {
    const clock = new BrowserClock();
    let ran = false;
    clock
      .schedule(clock.nowUs() + 500, () => {
        ran = true;
      })
      [Symbol.dispose]();
    await new Promise<void>((resolve) => clock.schedule(clock.nowUs() + 3000, resolve));
    expect(ran).toBe(false);
  });

  test("tells whole microseconds, and a wall time near the system's", () => {
    const clock = new BrowserClock();
    expect(Number.isInteger(clock.nowUs())).toBe(true);
    const beforeMs = Date.now();
    const wallMs = clock.wallUs() / 1000;
    expect(wallMs).toBeGreaterThan(beforeMs - 4);
    expect(wallMs).toBeLessThan(Date.now() + 4);
  });
});

describe("BrowserEntropy", () => {
  test("fills more bytes than Web Crypto gives in one call", () => {
    const bytes = new Uint8Array(150_001);
    new BrowserEntropy().fill(bytes);
    expect(new Set(bytes.subarray(149_000)).size).toBeGreaterThan(200);
  });
});
