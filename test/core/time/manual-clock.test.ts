import { expect, test } from "vitest";
import { ManualClock } from "../../../src/core/time/manual-clock.js";

test("tasks run at their own moments, in order of time and then of scheduling", () => {
  const clock = new ManualClock({ startUs: 100, wallStartUs: 5000 });
  const log: string[] = [];
  const task = (name: string) => () => log.push(`${name} ${clock.nowUs()} ${clock.wallUs()}`);
  clock.schedule(300, task("c"));
  clock.schedule(200, task("a"));
  clock.schedule(200, task("b"));
  const cancelled = clock.schedule(250, task("never"));
  cancelled[Symbol.dispose]();
  cancelled[Symbol.dispose]();
  expect(clock.pending).toBe(3);
  clock.advance(150);
  expect([log, clock.nowUs(), clock.pending]).toEqual([["a 200 5100", "b 200 5100"], 250, 1]);
  clock.advanceTo(1000);
  expect([log.at(-1), clock.nowUs()]).toEqual(["c 300 5200", 1000]);
});

test("a task may schedule another one that is already due, and time never goes back", () => {
  const clock = new ManualClock();
  const log: number[] = [];
  clock.schedule(10, () => {
    clock.schedule(5, () => log.push(clock.nowUs()));
    clock.schedule(20, () => log.push(clock.nowUs()));
  });
  clock.advanceTo(15);
  clock.advanceTo(3);
  expect([log, clock.nowUs()]).toEqual([[10], 15]);
  clock.advance(5);
  expect(log).toEqual([10, 20]);
});
