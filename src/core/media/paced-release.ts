// Holds media that was made ahead of time and releases each piece at its own time on the monotonic clock.
import { Signal } from "../signal/signal.js";
import type { Clock } from "../time/clock.js";
import type { MediaMicros, Micros } from "../time/units.js";

/** Anything with a place in time and a size. */
export type PacedItem = {
  readonly timeUs: MediaMicros;
  readonly byteLength: number;
  /** Called for what is skipped or thrown away; what was delivered belongs to the receiver of `deliver`. */
  release?(): void;
};

/** Options of a paced release. */
export type PacedReleaseOptions<T extends PacedItem> = {
  readonly clock: Clock;
  /** Takes one item at its time. It owns the item. */
  readonly deliver: (item: T) => void;
  /** Whether a late item may be left out when a later one of its kind is due as well (pictures, not sound). */
  readonly isSkippable?: (item: T) => boolean;
  /** How long before its time an item is released. Default 0. Differences are kept small: they are sorted by insertion. */
  readonly leadUs?: (item: T) => Micros;
  /** False while the receiver would rather have no more: everything is held back, and goes on from there. */
  readonly isReady?: () => boolean;
  /** How much media is held at most, in time. Default 300 ms. */
  readonly maxAheadUs?: Micros;
  /** How much media is held at most, in bytes. Default 128 MiB. At least two items are always accepted. */
  readonly maxBytes?: number;
};

/** A picture later than this is skipped when the next one is due as well. */
const SKIP_LATE_US = 100_000;
/** The maker is woken when so much of what may be held has gone: one wake-up for several items. */
const REFILL_SHARE = 1 / 3;
/** How often a receiver is asked that has no room. */
const ASK_AGAIN_US = 5000;
/** An item that arrives later than this moves the origin: the maker was too slow, what follows is paced from here. */
const REBASE_LATE_US = 250_000;

/** Paces items that are pushed in order of their time. Nothing drifts: item `t` is due at origin + t - its lead. */
export class PacedRelease<T extends PacedItem> {
  readonly #clock: Clock;
  readonly #deliver: (item: T) => void;
  readonly #isSkippable: (item: T) => boolean;
  readonly #leadUs: (item: T) => Micros;
  readonly #isReady: () => boolean;
  readonly #maxAheadUs: Micros;
  readonly #maxBytes: number;
  readonly #items: T[] = [];
  #bytes = 0;
  /** Time of the item that was pushed last. */
  #newestUs: MediaMicros = 0;
  #originUs: Micros | undefined;
  /** When what is due began to be held back. */
  #heldSinceUs: Micros | undefined;
  #timer: Disposable | undefined;
  #finished = false;
  #closed = false;
  #skipped = 0;
  #rebased = 0;

  /** There is room for more than one again; ask `hasRoom` before pushing. */
  readonly roomMade: Signal = new Signal();
  /** The last item was delivered after `finish`. */
  readonly ended: Signal = new Signal();

  constructor({
    clock,
    deliver,
    isSkippable = () => false,
    leadUs = () => 0,
    isReady = () => true,
    maxAheadUs = 300_000,
    maxBytes = 134_217_728,
  }: PacedReleaseOptions<T>) {
    this.#clock = clock;
    this.#deliver = deliver;
    this.#isSkippable = isSkippable;
    this.#leadUs = leadUs;
    this.#isReady = isReady;
    this.#maxAheadUs = maxAheadUs;
    this.#maxBytes = maxBytes;
  }

  /** Whether one more item is welcome. */
  get hasRoom(): boolean {
    return !this.#closed && this.#isBelow(1);
  }

  /** Items held. */
  get depth(): number {
    return this.#items.length;
  }

  /** Late items that were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** How often the origin had to move: the maker was too slow, or the receiver had no room. */
  get rebased(): number {
    return this.#rebased;
  }

  /** Takes an item; its time is not before the last one's. The first one's time is now: it is released at once. */
  push(item: T): void {
    if (this.#closed) {
      item.release?.();
      return;
    }
    const nowUs = this.#clock.nowUs();
    const originUs = this.#originUs ?? nowUs - item.timeUs;
    const lateUs = nowUs - (originUs + this.#dueUs(item));
    if (lateUs > REBASE_LATE_US && this.#items.length === 0) {
      this.#rebased++;
      this.#originUs = originUs + lateUs;
    } else {
      this.#originUs = originUs;
    }
    this.#insert(item);
    this.#newestUs = item.timeUs;
    this.#bytes += item.byteLength;
    this.#arm();
  }

  /** No more will come: `ended` follows the last item. */
  finish(): void {
    this.#finished = true;
    this.#arm();
  }

  /** Throws away what is held. Nothing is delivered any more. Quiet when closed. */
  close(): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const item of this.#items.splice(0)) {
      item.release?.();
    }
    this.#bytes = 0;
    this.roomMade.emit();
  }

  /** When an item leaves, on the media timeline. */
  #dueUs(item: T): MediaMicros {
    return item.timeUs - this.#leadUs(item);
  }

  /** Keeps the items in order of leaving. */
  #insert(item: T): void {
    const dueUs = this.#dueUs(item);
    let at = this.#items.length;
    while (at > 0 && this.#dueUs(this.#items[at - 1]) > dueUs) {
      at--;
    }
    this.#items.splice(at, 0, item);
    if (at === 0) {
      this.#timer?.[Symbol.dispose]();
      this.#timer = undefined;
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#closed) {
      return;
    }
    if (this.#items.length > 0) {
      this.#timer = this.#clock.schedule((this.#originUs ?? 0) + this.#dueUs(this.#items[0]), this.#tick);
    } else if (this.#finished) {
      this.#finished = false;
      this.ended.emit();
    }
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const nowUs = this.#clock.nowUs();
    if (!this.#isReady()) {
      this.#heldSinceUs ??= nowUs;
      this.#timer = this.#clock.schedule(nowUs + ASK_AGAIN_US, this.#tick);
      return;
    }
    if (this.#heldSinceUs !== undefined) {
      this.#originUs = (this.#originUs ?? 0) + nowUs - this.#heldSinceUs;
      this.#heldSinceUs = undefined;
      this.#rebased++;
    }
    const mediaUs = nowUs - (this.#originUs ?? 0);
    // The count is fixed first: deliver may lead to pushes, which belong to the next tick.
    let due = 0;
    while (due < this.#items.length && this.#dueUs(this.#items[due]) <= mediaUs) {
      due++;
    }
    for (; due > 0 && !this.#closed; due--) {
      const item = this.#items.shift() as T;
      this.#bytes -= item.byteLength;
      if (mediaUs - this.#dueUs(item) > SKIP_LATE_US && this.#isSkippable(item) && this.#hasDueSuccessor(due - 1)) {
        this.#skipped++;
        item.release?.();
      } else {
        this.#deliver(item);
      }
    }
    if (!this.#closed) {
      this.#arm();
      if (this.#isBelow(1 - REFILL_SHARE)) {
        this.roomMade.emit();
      }
    }
  };

  /** Whether less than this share of what may be held is held. */
  #isBelow(share: number): boolean {
    const { length } = this.#items;
    if (length < 2) {
      return true;
    }
    const aheadUs = this.#newestUs - this.#items[0].timeUs;
    return aheadUs < this.#maxAheadUs * share && this.#bytes < this.#maxBytes * share;
  }

  #hasDueSuccessor(dueCount: number): boolean {
    for (let i = 0; i < dueCount; i++) {
      if (this.#isSkippable(this.#items[i])) {
        return true;
      }
    }
    return false;
  }
}
