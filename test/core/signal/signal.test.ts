import { expect, test } from "vitest";
import { Signal } from "../../../src/core/signal/signal.js";

test("listeners hear every value in the order in which they were added", () => {
  const signal = new Signal<number>();
  const heard: string[] = [];
  signal.on((value) => heard.push(`a${value}`));
  signal.on((value) => heard.push(`b${value}`));
  signal.emit(1);
  signal.emit(2);
  expect(heard).toEqual(["a1", "b1", "a2", "b2"]);
});

test("a signal without a value is emitted without an argument", () => {
  const signal = new Signal();
  let count = 0;
  signal.on(() => count++);
  signal.emit();
  expect(count).toBe(1);
});

test("a disposed listener hears nothing more, and disposing it again is quiet", () => {
  const signal = new Signal<number>();
  const heard: number[] = [];
  const listening = signal.on((value) => heard.push(value));
  signal.emit(1);
  listening[Symbol.dispose]();
  listening[Symbol.dispose]();
  signal.emit(2);
  expect([heard, signal.size]).toEqual([[1], 0]);
});

test("the same function may listen twice, and each detaches alone", () => {
  const signal = new Signal<string>();
  const heard: string[] = [];
  const listener = (value: string): void => void heard.push(value);
  const first = signal.on(listener);
  signal.on(listener);
  signal.emit("both");
  first[Symbol.dispose]();
  signal.emit("one");
  expect(heard).toEqual(["both", "both", "one"]);
});

test("a listener may detach itself while it is called, and the others are still called", () => {
  const signal = new Signal<number>();
  const heard: string[] = [];
  const once = signal.on((value) => {
    heard.push(`once${value}`);
    once[Symbol.dispose]();
  });
  signal.on((value) => heard.push(`always${value}`));
  signal.emit(1);
  signal.emit(2);
  expect(heard).toEqual(["once1", "always1", "always2"]);
  expect(signal.size).toBe(1);
});

test("a listener that an earlier one detached is not called in the same round", () => {
  const signal = new Signal();
  const heard: string[] = [];
  let second: Disposable | undefined;
  signal.on(() => {
    heard.push("first");
    second?.[Symbol.dispose]();
  });
  second = signal.on(() => heard.push("second"));
  signal.on(() => heard.push("third"));
  signal.emit();
  expect(heard).toEqual(["first", "third"]);
});

test("a listener that is added while the signal emits first hears the next value", () => {
  const signal = new Signal<number>();
  const heard: string[] = [];
  let isAdded = false;
  signal.on((value) => {
    heard.push(`old${value}`);
    if (!isAdded) {
      isAdded = true;
      signal.on((later) => heard.push(`new${later}`));
    }
  });
  signal.emit(1);
  signal.emit(2);
  expect(heard).toEqual(["old1", "old2", "new2"]);
});

test("a listener may emit again, and what was detached meanwhile stays detached", () => {
  const signal = new Signal<number>();
  const heard: string[] = [];
  let last: Disposable | undefined;
  signal.on((value) => {
    heard.push(`first${value}`);
    if (value === 1) {
      last?.[Symbol.dispose]();
      signal.emit(2);
    }
  });
  signal.on((value) => heard.push(`second${value}`));
  last = signal.on((value) => heard.push(`last${value}`));
  signal.emit(1);
  expect(heard).toEqual(["first1", "first2", "second2", "second1"]);
  expect(signal.size).toBe(2);
});

test("clear detaches everybody, in the middle of a round too", () => {
  const signal = new Signal();
  const heard: string[] = [];
  signal.on(() => {
    heard.push("first");
    signal.clear();
  });
  const second = signal.on(() => heard.push("second"));
  expect(signal.size).toBe(2);
  signal.emit();
  second[Symbol.dispose]();
  signal.emit();
  expect([heard, signal.size]).toEqual([["first"], 0]);
  signal.on(() => heard.push("later"));
  signal.emit();
  expect(heard).toEqual(["first", "later"]);
});

test("a listener that throws against its contract leaves the signal usable", () => {
  const signal = new Signal<number>();
  const heard: number[] = [];
  const broken = signal.on(() => {
    broken[Symbol.dispose]();
    throw new Error("broken listener");
  });
  signal.on((value) => heard.push(value));
  expect(() => signal.emit(1)).toThrow("broken listener");
  signal.emit(2);
  expect([heard, signal.size]).toEqual([[2], 1]);
});

test("listeners of priority 1, 10 and 5 are called 10, 5, 1, and equal ones in the order in which they were added", () => {
  const signal = new Signal();
  const heard: string[] = [];
  for (const [name, priority] of [
    ["a", 1],
    ["b", 10],
    ["c", 5],
    ["d", 10],
  ] as const) {
    signal.on(() => heard.push(`${name}${priority}`), { priority });
  }
  signal.emit();
  expect(heard).toEqual(["b10", "d10", "c5", "a1"]);
});

test("an owner's listeners are detached together, the others stay", () => {
  const signal = new Signal();
  const heard: string[] = [];
  const owner = {};
  signal.on(() => heard.push("mine"), { owner });
  signal.on(() => heard.push("other"));
  signal.on(() => heard.push("mine too"), { owner });
  signal.emit();
  signal.detach(owner);
  signal.emit();
  expect(heard).toEqual(["mine", "other", "mine too", "other"]);
  expect(signal.size).toBe(1);
});

test("a listener that answers true takes the value from those behind it, when the emitter asks", () => {
  const signal = new Signal<string>();
  const heard: string[] = [];
  signal.on((value) => {
    heard.push(`first ${value}`);
    return value === "mine";
  });
  signal.on((value) => heard.push(`second ${value}`));
  expect([signal.emitUntil("yours"), signal.emitUntil("mine")]).toEqual([false, true]);
  signal.emit("mine");
  expect(heard).toEqual(["first yours", "second yours", "first mine", "first mine", "second mine"]);
});
