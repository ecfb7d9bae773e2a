// Something costly that is open only while somebody uses it: opened by the first user, closed a while after the last.
import type { Clock } from "../../../../core/time/clock.js";
import type { Micros } from "../../../../core/time/units.js";

/** How to open and close it, and how long it outlives its last user. */
export type OnDemandOptions<T> = {
  readonly open: () => Promise<T>;
  readonly close: (resource: T) => Promise<void>;
  readonly graceUs: Micros;
  readonly clock: Clock;
};

/** One user's hold on the resource. Release it once; releasing again does nothing. */
export type Lease<T> = { readonly resource: T; release(): void };

/** Opens at most one resource at a time, however many ask. A failed opening fails all who wait; the next asks anew. */
export class OnDemand<T> {
  readonly #options: OnDemandOptions<T>;
  #opening: Promise<T> | undefined;
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

  /** Holds the resource until the lease is released, opening it if need be. Rejects with what `open` rejected with. */
  async acquire(): Promise<Lease<T>> {
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
      this.#opening ??= this.#open();
      return { resource: await this.#opening, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Gives up the resource although it has users: it broke. The next `acquire` opens it anew. */
  async discard(resource: T): Promise<void> {
    const opening = this.#opening;
    if (opening !== undefined && (await opening.catch(() => undefined)) === resource && this.#opening === opening) {
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

  async #open(): Promise<T> {
    // A close that failed was told to whoever closed.
    await this.#closing?.catch(() => {});
    try {
      return await this.#options.open();
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0 && this.#opening !== undefined && !this.#isShut) {
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
      this.#closing = opening
        .then(this.#options.close, () => {})
        .finally(() => {
          this.#closing = undefined;
        });
    }
    await this.#closing;
  }
}
