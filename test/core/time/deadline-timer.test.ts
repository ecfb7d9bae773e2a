import { expect, test } from "vitest";
import { DeadlineTimer, earliest } from "../../../src/core/time/deadline-timer.js";
import { ManualClock } from "../../sim/manual-clock.js";

function rig() {
  const clock = new ManualClock();
  const due: number[] = [];
  const timer = new DeadlineTimer(clock, () => due.push(clock.nowUs()));
  return { clock, due, timer };
}

test("only the newest deadline counts, whether it moved forwards or back", () => {
  const { clock, due, timer } = rig();
  timer.set(100);
  timer.set(50);
  timer.set(200);
  expect(clock.pending).toBe(1);
  clock.advanceTo(1000);
  expect(due).toEqual([200]);
});

test("setting the same deadline again schedules nothing new", () => {
  const clock = new ManualClock();
  let scheduled = 0;
  const counting = {
    nowUs: () => clock.nowUs(),
    wallUs: () => clock.wallUs(),
    schedule: (atUs: number, task: () => void) => {
      scheduled++;
      return clock.schedule(atUs, task);
    },
  };
  const timer = new DeadlineTimer(counting, () => {});
  timer.set(100);
  timer.set(100);
  expect(scheduled).toBe(1);
});

test("a deadline is due once; the same one can be set again afterwards", () => {
  const { clock, due, timer } = rig();
  timer.set(100);
  clock.advanceTo(100);
  clock.advanceTo(500);
  expect(due).toEqual([100]);
  timer.set(100);
  clock.advanceTo(501);
  expect(due).toEqual([100, 500]);
});

test("what is due may set the next deadline", () => {
  const clock = new ManualClock();
  const due: number[] = [];
  const timer = new DeadlineTimer(clock, () => {
    due.push(clock.nowUs());
    timer.set(due.length < 3 ? clock.nowUs() + 10 : undefined);
  });
  timer.set(10);
  clock.advanceTo(100);
  expect(due).toEqual([10, 20, 30]);
});

test("no deadline, and disposal, take the timer away", () => {
  const { clock, due, timer } = rig();
  timer.set(10);
  timer.set(undefined);
  expect(clock.pending).toBe(0);
  timer.set(20);
  timer[Symbol.dispose]();
  timer[Symbol.dispose]();
  clock.advanceTo(100);
  expect([due, clock.pending]).toEqual([[], 0]);
});

test("the earlier of two deadlines is the smaller one, and undefined is never", () => {
  expect(earliest(3, 2)).toBe(2);
  expect(earliest(undefined, 2)).toBe(2);
  expect(earliest(0, undefined)).toBe(0);
  expect(earliest(undefined, undefined)).toBeUndefined();
});
