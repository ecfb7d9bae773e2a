// Many deadlines, each exact, each movable: a binary heap whose items know their place. No sweeps.
import type { Micros } from "./units.js";

/** What can wait in a {@link DeadlineHeap}. Both fields are the heap's to write. */
export interface Deadlined {
  /** When it is due. Stays readable after it was due or removed. */
  deadlineUs: Micros;
  /** Its place in the heap; -1 while it is in none. */
  heapIndex: number;
}

/** Items by deadline. Setting, moving and removing one costs the logarithm of how many there are. */
export class DeadlineHeap<T extends Deadlined> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The earliest deadline, or undefined when nothing waits. */
  get deadlineUs(): Micros | undefined {
    return this.#items[0]?.deadlineUs;
  }

  /** Puts an item in, or moves it to another deadline, earlier or later. */
  set(item: T, deadlineUs: Micros): void {
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    item.deadlineUs = deadlineUs;
    this.#settle(item);
  }

  /** Takes an item out; quiet when it is not in. */
  remove(item: T): void {
    const at = item.heapIndex;
    if (at < 0) {
      return;
    }
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#items[at] = last;
      last.heapIndex = at;
      this.#settle(last);
    }
  }

  /** Takes out the earliest item that is due at `nowUs`; undefined when there is none. */
  takeDue(nowUs: Micros): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.deadlineUs > nowUs) {
      return undefined;
    }
    this.remove(first);
    return first;
  }

  #settle(item: T): void {
    let at = item.heapIndex;
    while (at > 0 && this.#isEarlier(item, this.#items[(at - 1) >> 1])) {
      at = this.#move((at - 1) >> 1, at);
    }
    for (;;) {
      const left = 2 * at + 1;
      const child =
        left + 1 < this.#items.length && this.#isEarlier(this.#items[left + 1], this.#items[left]) ? left + 1 : left;
      if (child >= this.#items.length || !this.#isEarlier(this.#items[child], item)) {
        break;
      }
      at = this.#move(child, at);
    }
    this.#items[at] = item;
    item.heapIndex = at;
  }

  #isEarlier(a: T, b: T): boolean {
    return a.deadlineUs < b.deadlineUs;
  }

  #move(from: number, to: number): number {
    const item = this.#items[from];
    this.#items[to] = item;
    item.heapIndex = to;
    return from;
  }
}
