// Signal<T>: a typed happening with ordered listeners.

/** A happening. Handlers run in the order they were added and must not throw; `on` gives the way back. */
export class Signal<T = void> {
  readonly #listeners: ((value: T) => void)[] = [];
  #emitting = 0;
  #removedWhileEmitting = false;

  /** How many listeners there are. */
  get size(): number {
    let count = 0;
    for (const listener of this.#listeners) {
      count += listener === removed ? 0 : 1;
    }
    return count;
  }

  /** Adds a listener. One that is added while the signal emits first hears the next value. Dispose to detach. */
  on(listener: (value: T) => void): Disposable {
    // A wrapper of its own, so that the same function may listen twice and each detaches alone.
    const entry = (value: T): void => listener(value);
    this.#listeners.push(entry);
    return { [Symbol.dispose]: () => this.#remove(entry) };
  }

  /** Calls every listener. One that was detached by an earlier listener of the same round is not called. */
  emit(value: T): void {
    this.#emitting++;
    try {
      for (let i = 0, count = this.#listeners.length; i < count; i++) {
        this.#listeners[i](value);
      }
    } finally {
      this.#emitting--;
      if (this.#emitting === 0 && this.#removedWhileEmitting) {
        this.#compact();
      }
    }
  }

  /** Detaches every listener. */
  clear(): void {
    this.#listeners.fill(removed);
    this.#removedWhileEmitting = true;
    if (this.#emitting === 0) {
      this.#compact();
    }
  }

  #remove(entry: (value: T) => void): void {
    const index = this.#listeners.indexOf(entry);
    if (index < 0) {
      return;
    }
    if (this.#emitting > 0) {
      this.#listeners[index] = removed;
      this.#removedWhileEmitting = true;
    } else {
      this.#listeners.splice(index, 1);
    }
  }

  #compact(): void {
    this.#removedWhileEmitting = false;
    for (let i = this.#listeners.length - 1; i >= 0; i--) {
      if (this.#listeners[i] === removed) {
        this.#listeners.splice(i, 1);
      }
    }
  }
}

const removed = (): void => {};
