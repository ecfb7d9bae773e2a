// How one side of a ring sleeps and the other wakes it: a word in shared memory says whether there is somebody to wake, so
// that a side that is awake is never called. Sleeping never blocks the thread.

/** Values of the word. */
const AWAKE = 0;
/** Sleeps by Atomics.waitAsync. */
const WAITS = 1;
/** Sleeps until a message comes, where there is no waitAsync. */
const WANTS_MESSAGE = 2;

/** The side that sleeps. */
export class Sleeper {
  readonly #words: Int32Array;
  readonly #index: number;
  #wake: (() => void) | undefined;
  /** A promise of waitAsync is under way; it serves the next sleep too. */
  #isWaiting = false;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Sleeps unless `isNeeded()`, asked once more behind the announcement, says that there is work. */
  sleep(wake: () => void, isNeeded: () => boolean): boolean {
    const waitAsync = Atomics.waitAsync;
    this.#wake = wake;
    Atomics.store(this.#words, this.#index, waitAsync === undefined ? WANTS_MESSAGE : WAITS);
    if (isNeeded()) {
      this.stir();
      return false;
    }
    if (waitAsync === undefined || this.#isWaiting) {
      return true;
    }
    const waiting = waitAsync(this.#words, this.#index, WAITS);
    if (waiting.async) {
      this.#isWaiting = true;
      void waiting.value.then(() => {
        this.#isWaiting = false;
        this.awake();
      });
      return true;
    }
    // The other side was quicker than the wait.
    this.stir();
    return false;
  }

  /** Somebody has woken this side. */
  awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Is awake by itself: nobody needs to call it. */
  stir(): void {
    this.#wake = undefined;
    Atomics.store(this.#words, this.#index, AWAKE);
  }

  /** Ends it: lets go of a promise that still waits. */
  close(): void {
    this.stir();
    Atomics.notify(this.#words, this.#index);
  }
}

/** Wakes the side that sleeps at this word, if it does. */
export function wakeSleeper(words: Int32Array, index: number, post: () => void): void {
  const state = Atomics.load(words, index);
  if (state === AWAKE || Atomics.compareExchange(words, index, state, AWAKE) !== state) {
    return;
  }
  if (state === WAITS) {
    Atomics.notify(words, index);
  } else {
    post();
  }
}
