// Signal<T>: a typed happening with ordered listeners.

/** How a listener is attached. */
export type ListenerOptions = {
  /** Higher ones are called first; equal ones in the order in which they were added. Default 0. */
  readonly priority?: number;
  /** Whose listener it is: `detach(owner)` takes out all of that one's. */
  readonly owner?: object;
};

type Entry<T> = {
  readonly listener: (value: T) => void;
  readonly priority: number;
  readonly owner: object | undefined;
  isAttached: boolean;
};

/** A happening. Handlers run in the order they were added (or by priority) and must not throw; `on` gives the way back. */
export class Signal<T = void> {
  // Never changed in place: whoever emits goes through the list as it was.
  #entries: readonly Entry<T>[] = [];

  /** How many listeners there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Adds a listener. One that is added while the signal emits first hears the next value. Dispose to detach. */
  on(listener: (value: T) => void, { priority = 0, owner }: ListenerOptions = {}): Disposable {
    const entry: Entry<T> = { listener, priority, owner, isAttached: true };
    const at = this.#entries.findLastIndex((other) => other.priority >= priority) + 1;
    this.#entries = this.#entries.toSpliced(at, 0, entry);
    return { [Symbol.dispose]: () => this.#keep((other) => other !== entry) };
  }

  /** Calls every listener. One that was detached by an earlier listener of the same round is not called. */
  emit(value: T): void {
    for (const entry of this.#entries) {
      if (entry.isAttached) {
        entry.listener(value);
      }
    }
  }

  /** Calls listeners until one answers `true`, which takes the value; tells whether one did. */
  emitUntil(value: T): boolean {
    return this.#entries.some((entry) => entry.isAttached && (entry.listener(value) as unknown) === true);
  }

  /** Detaches every listener of `owner`. */
  detach(owner: object): void {
    this.#keep((entry) => entry.owner !== owner);
  }

  /** Detaches every listener. */
  clear(): void {
    this.#keep(() => false);
  }

  #keep(stays: (entry: Entry<T>) => boolean): void {
    for (const entry of this.#entries) {
      entry.isAttached &&= stays(entry);
    }
    this.#entries = this.#entries.filter(({ isAttached }) => isAttached);
  }
}
