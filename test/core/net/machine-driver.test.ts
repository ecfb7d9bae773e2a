import { expect, test } from "vitest";
import type { Machine } from "../../../src/core/net/machine.js";
import { MachineDriver } from "../../../src/core/net/machine-driver.js";
import { ManualClock } from "../../sim/manual-clock.js";

type Output = { readonly kind: "note"; readonly text: string };

/** Answers each input with as many notes as its number says, and each tick with one; a tick is due when the test says. */
class Counter implements Machine<number, Output> {
  deadlineUs: number | undefined;
  readonly seen: string[] = [];
  readonly #outputs: Output[] = [];

  handle(input: number, nowUs: number): void {
    this.seen.push(`handle ${input} at ${nowUs}`);
    for (let i = 1; i <= input; i++) {
      this.#outputs.push({ kind: "note", text: `${i} of ${input}` });
    }
  }

  tick(nowUs: number): void {
    this.seen.push(`tick at ${nowUs}`);
    this.deadlineUs = undefined;
    this.#outputs.push({ kind: "note", text: `ticked at ${nowUs}` });
  }

  poll(): Output | undefined {
    return this.#outputs.shift();
  }
}

function rig(perform: (text: string, handle: (input: number) => void) => void = () => {}) {
  const clock = new ManualClock({ startUs: 1000 });
  const machine = new Counter();
  const performed: string[] = [];
  const driver: MachineDriver<number, Output> = new MachineDriver(machine, clock, ({ text }) => {
    performed.push(text);
    perform(text, (input) => driver.handle(input));
  });
  return { clock, machine, driver, performed };
}

test("an input reaches the machine with the clock's time, and every output is performed in order", () => {
  const { clock, machine, driver, performed } = rig();
  driver.handle(3);
  clock.advance(500);
  driver.handle(1);
  expect(machine.seen).toEqual(["handle 3 at 1000", "handle 1 at 1500"]);
  expect(performed).toEqual(["1 of 3", "2 of 3", "3 of 3", "1 of 1"]);
});

test("the machine is ticked at its deadline, and what comes of it is performed", () => {
  const { clock, machine, driver, performed } = rig();
  machine.deadlineUs = 4000;
  driver.handle(0);
  clock.advanceTo(3999);
  expect(machine.seen).toEqual(["handle 0 at 1000"]);
  clock.advanceTo(4000);
  expect(machine.seen).toEqual(["handle 0 at 1000", "tick at 4000"]);
  expect(performed).toEqual(["ticked at 4000"]);
  expect(clock.pending).toBe(0);
});

test("one timer follows a deadline that moves, and none is left when there is no deadline", () => {
  const { clock, machine, driver } = rig();
  for (const deadlineUs of [9000, 5000, 7000]) {
    machine.deadlineUs = deadlineUs;
    driver.handle(0);
    expect(clock.pending).toBe(1);
  }
  clock.advanceTo(6999);
  expect(machine.seen).not.toContain("tick at 6999");
  machine.deadlineUs = undefined;
  driver.handle(0);
  expect(clock.pending).toBe(0);
  clock.advanceTo(20_000);
  expect(machine.seen.filter((line) => line.startsWith("tick"))).toEqual([]);
});

test("an output that leads to another input does not overtake the outputs before it", () => {
  const { driver, performed } = rig((text, handle) => {
    if (text === "1 of 2") {
      handle(1);
    }
  });
  driver.handle(2);
  expect(performed).toEqual(["1 of 2", "2 of 2", "1 of 1"]);
});

test("an output that throws reaches the caller; the rest is performed next time, and the deadline is kept", () => {
  const { clock, machine, driver, performed } = rig((text) => {
    if (text === "1 of 2") {
      throw new Error("cannot perform");
    }
  });
  machine.deadlineUs = 2000;
  expect(() => driver.handle(2)).toThrow("cannot perform");
  clock.advanceTo(2000);
  expect(performed).toEqual(["1 of 2", "2 of 2", "ticked at 2000"]);
});

test("after close nothing is handled and nothing ticks, and closing again is quiet", () => {
  const { clock, machine, driver } = rig();
  machine.deadlineUs = 2000;
  driver.handle(0);
  driver.close();
  driver[Symbol.dispose]();
  driver.handle(1);
  clock.advanceTo(10_000);
  expect(machine.seen).toEqual(["handle 0 at 1000"]);
  expect(clock.pending).toBe(0);
});

test("closing from within an output leaves no timer behind", () => {
  const clock = new ManualClock();
  const machine = new Counter();
  const driver: MachineDriver<number, Output> = new MachineDriver(machine, clock, () => driver.close());
  machine.deadlineUs = 2000;
  driver.handle(1);
  expect(clock.pending).toBe(0);
});
