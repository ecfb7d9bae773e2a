// Something costly that is open only while somebody uses it: opened by the first user, closed a while after the last.
import type { Clock } from "../../../../core/time/clock.js";
import type { Micros } from "../../../../core/time/units.js";

/** How to open and close it, and how long it outlives its last user. */
export type OnDemandOptions<T> = {
  /** Rejects soon when `signal` aborts: nobody waits for it any more. What it opens nonetheless is closed. */
  readonly open: (signal: AbortSignal) => Promise<T>;
  readonly close: (resource: T) => Promise<void>;
  readonly graceUs: Micros;
  readonly clock: Clock;
};

/** One user's hold on the resource. Release it once; releasing again does nothing. */
export type Lease<T> = { readonly resource: T; release(): void };

/** One resource, from the moment it is asked for. */
type Opening<T> = { readonly resource: Promise<T>; readonly stopping: AbortController; isOpen: boolean };

/** Opens at most one resource at a time, however many ask. A failed opening fails all who wait; the next asks anew. */
export class OnDemand<T> {
  readonly #options: OnDemandOptions<T>;
  #opening: Opening<T> | undefined;
  #closing: Promise<void> | undefined;
  #users = 0;
  #timer: Disposable | undefined;
  #isShut = false;

  constructor(options: OnDemandOptions<T>) {
    this.#options = options;
  }

  /** Users that hold it or wait for it. */
  get users(): number {
    return this.#users;
  }

  /**
   * Holds the resource until the lease is released, opening it if need be. Rejects with what `open` rejected with, or with
   * the reason of `signal`: then the user has left, and the last one to leave ends an opening that is under way.
   */
  async acquire(signal?: AbortSignal): Promise<Lease<T>> {
    if (this.#isShut) {
      throw new Error("this resource was shut down");
    }
    this.#users++;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) {
        isReleased = true;
        this.#leave();
      }
    };
    try {
      this.#opening ??= this.#begin();
      return { resource: await unlessAborted(this.#opening.resource, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Gives up the resource although it has users: it broke. The next `acquire` opens it anew. */
  async discard(resource: T): Promise<void> {
    const opening = this.#opening;
    const isIt = opening !== undefined && (await opening.resource.catch(() => undefined)) === resource;
    if (isIt && this.#opening === opening) {
      await this.#close();
    }
  }

  /** Closes for good, now. */
  async shutdown(): Promise<void> {
    this.#isShut = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    await this.#close();
  }

  #begin(): Opening<T> {
    const stopping = new AbortController();
    const opening = { resource: this.#open(stopping.signal), stopping, isOpen: false };
    opening.resource.then(
      () => {
        opening.isOpen = true;
      },
      () => {
        if (this.#opening === opening) {
          this.#opening = undefined;
        }
      },
    );
    return opening;
  }

  async #open(signal: AbortSignal): Promise<T> {
    // A close that failed was told to whoever closed.
    await this.#closing?.catch(() => {});
    signal.throwIfAborted();
    return await this.#options.open(signal);
  }

  #leave(): void {
    this.#users--;
    if (this.#users > 0 || this.#opening === undefined || this.#isShut) {
      return;
    }
    if (!this.#opening.isOpen) {
      this.#close().catch(() => {});
    } else {
      const { clock, graceUs } = this.#options;
      this.#timer = clock.schedule(clock.nowUs() + graceUs, () => {
        this.#timer = undefined;
        // A failure to close is the resource's to report; nobody waits here.
        this.#close().catch(() => {});
      });
    }
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) {
      opening.stopping.abort(new Error("nobody waits for it any more"));
      const closing = opening.resource
        .then(this.#options.close, () => {})
        .finally(() => {
          if (this.#closing === closing) {
            this.#closing = undefined;
          }
        });
      this.#closing = closing;
    }
    await this.#closing;
  }
}

/** What `promise` gives, unless `signal` aborts before: then its reason. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    if (signal.aborted) {
      giveUp();
    }
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
