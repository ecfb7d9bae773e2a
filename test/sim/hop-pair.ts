// Two ports that are each other's other side, in one thread: messages go over by structured clone, in turns of their own.
import type { HopListener, HopPort } from "../../src/core/stream/hop/hop-port.js";
import type { Clock } from "../../src/core/time/clock.js";

/** One end of a pair, with what a test does to it. */
export class PairedPort implements HopPort {
  readonly clock: Clock;
  readonly canShare: boolean;
  /** How many messages were posted here, and of which type. */
  readonly posted: string[] = [];
  readonly #listeners = new Set<HopListener>();
  #other: PairedPort;
  #isDead = false;

  private constructor(clock: Clock, canShare: boolean) {
    this.clock = clock;
    this.canShare = canShare;
    this.#other = this;
  }

  /** A stream's end and a worker's end. */
  static pair(clock: Clock, { canShare }: { canShare: boolean }): readonly [PairedPort, PairedPort] {
    const [near, far] = [new PairedPort(clock, canShare), new PairedPort(clock, canShare)];
    near.#other = far;
    far.#other = near;
    return [near, far];
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  post(value: unknown, transfer: readonly ArrayBuffer[]): void {
    this.posted.push((value as { type?: string }).type ?? "");
    if (this.#isDead) {
      return;
    }
    const copy: unknown = structuredClone(value, { transfer: [...transfer] });
    queueMicrotask(() => {
      for (const { message } of [...this.#other.#listeners]) {
        message(copy);
      }
    });
  }

  listen(listener: HopListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** The thread of this end is gone at once: nothing leaves it any more, and the other end hears of it. */
  die(error: Error = new Error("exit code 1")): void {
    this.#isDead = true;
    this.#listeners.clear();
    queueMicrotask(() => {
      for (const { ended } of [...this.#other.#listeners]) {
        ended(error);
      }
    });
  }
}
