// FFmpeg's network reads block a thread of libuv's pool until data comes, and file access, DNS and decoding wait for the
// same few threads. This guard counts the sources that block, keeps most threads out of the hands of those that are only
// being opened, and says once when there are too few threads for all.
import type { Logger } from "../../core/diagnosis/logger.js";

/** libuv's own limits (UV_THREADPOOL_SIZE). */
const DEFAULT_THREADS = 4;
const MOST_THREADS = 1024;
/** Threads that must stay free for everything else. */
const SPARE_THREADS = 2;

/** How many threads this process has for blocking work, as `UV_THREADPOOL_SIZE` says. */
export function poolThreads(setting: string | undefined = process.env["UV_THREADPOOL_SIZE"]): number {
  const threads = Number.parseInt(setting ?? "", 10);
  return Number.isNaN(threads) ? DEFAULT_THREADS : Math.min(Math.max(threads, 1), MOST_THREADS);
}

/** What is shared by all blocking sources of a process. */
export class ReadGuard {
  readonly #threads: number;
  readonly #mostOpening: number;
  readonly #waiting: (() => void)[] = [];
  #opening = 0;
  #readers = 0;
  #hasWarned = false;

  /** A quarter of the threads may be busy with opening sources; reads of open ones come on top. */
  constructor(threads: number = poolThreads()) {
    this.#threads = threads;
    this.#mostOpening = Math.max(1, Math.floor(threads / 4));
  }

  /** Sources that read now. */
  get readers(): number {
    return this.#readers;
  }

  /** Counts a source whose reads block, until it is disposed. The first one too many is warned about. */
  admitReader(logger: Logger | undefined): Disposable {
    this.#readers++;
    if (this.#readers > this.#threads - SPARE_THREADS && !this.#hasWarned) {
      this.#hasWarned = true;
      logger?.warn("blocking sources leave too few threads for files and DNS", {
        sources: this.#readers,
        threads: this.#threads,
        fix: `Set UV_THREADPOOL_SIZE=${Math.max(16, 2 * this.#readers)} in the environment before the process starts.`,
      });
    }
    return once(() => {
      this.#readers--;
    });
  }

  /** Waits for a turn to open a source; dispose when it is open, or is not going to be. Rejects when aborted. */
  async turn(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#opening >= this.#mostOpening) {
      await this.#queue(signal);
    } else {
      this.#opening++;
    }
    return once(() => {
      const next = this.#waiting.shift();
      // The next one takes this turn over: nobody else can slip in between.
      if (next === undefined) {
        this.#opening--;
      } else {
        next();
      }
    });
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = (): void => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        reject(signal.reason);
      };
      this.#waiting.push(proceed);
      signal.addEventListener("abort", abort, { once: true });
    });
  }
}

/** The guard of this process. */
export const readGuard: ReadGuard = new ReadGuard();

function once(end: () => void): Disposable {
  let isOver = false;
  return {
    [Symbol.dispose]: () => {
      if (!isOver) {
        isOver = true;
        end();
      }
    },
  };
}
