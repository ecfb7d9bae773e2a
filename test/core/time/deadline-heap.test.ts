// Many movable deadlines: always the earliest first, whatever was set, moved and removed before.
import { expect, test } from "vitest";
import { type Deadlined, DeadlineHeap } from "../../../src/core/time/deadline-heap.js";
import { SeededRandom } from "../../sim/seeded-random.js";

type Item = Deadlined & { readonly name: number };
const item = (name: number): Item => ({ name, deadlineUs: 0, heapIndex: -1 });

test("what is due comes out in order of its deadline, and nothing before it", () => {
  const heap = new DeadlineHeap<Item>();
  const [a, b, c] = [item(1), item(2), item(3)];
  heap.set(b, 20);
  heap.set(a, 10);
  heap.set(c, 30);
  expect(heap.deadlineUs).toBe(10);
  expect(heap.takeDue(9)).toBeUndefined();
  heap.set(a, 25);
  heap.remove(c);
  heap.remove(c);
  expect([heap.takeDue(100), heap.takeDue(100), heap.takeDue(100)]).toEqual([b, a, undefined]);
  expect([heap.deadlineUs, heap.size, a.heapIndex, c.heapIndex]).toEqual([undefined, 0, -1, -1]);
});

test("agrees with a sorted list through thousands of random changes", () => {
  const random = new SeededRandom(3);
  const heap = new DeadlineHeap<Item>();
  const items = Array.from({ length: 200 }, (_, name) => item(name));
  const model = new Map<Item, number>();
  let nowUs = 0;
  for (let round = 0; round < 20_000; round++) {
    const chosen = items[random.integer(items.length)] as Item;
    switch (random.integer(4)) {
      case 0:
        heap.remove(chosen);
        model.delete(chosen);
        break;
      case 1: {
        nowUs += random.integer(20);
        const due = heap.takeDue(nowUs);
        const earliest = Math.min(...model.values());
        expect(due?.deadlineUs).toBe(earliest <= nowUs ? earliest : undefined);
        if (due !== undefined) {
          expect(model.get(due)).toBe(earliest);
          model.delete(due);
        }
        break;
      }
      default: {
        const deadlineUs = nowUs + random.integer(1000);
        heap.set(chosen, deadlineUs);
        model.set(chosen, deadlineUs);
      }
    }
    expect(heap.size).toBe(model.size);
    expect(heap.deadlineUs).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
  }
});
