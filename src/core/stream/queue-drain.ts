// A queue at work: copies what comes in, and hands it on later, a bounded time in each turn of the event loop.
import { milliseconds } from "../time/units.js";
import type { SinkObject } from "./adapter.js";
import type { DropReason } from "./node-stats.js";
import type { Packet } from "./packet.js";
import type { Run } from "./run.js";
import type { Next, QueueStage } from "./stage.js";

/** How often a queue asks a full sink that cannot call back. */
const RECHECK_US = milliseconds(5);

/** What lies behind a queue: the sinks up to the next queue, and whether they and that queue would take more. */
export type Downstream = { readonly isReady: () => boolean; readonly sinks: readonly SinkObject<Packet>[] };

/** A running queue. */
export interface QueueDrain {
  /** Clones a packet and keeps the copy. */
  readonly push: Next;
  isFull(): boolean;
  /** Goes on after a pause. */
  wake(): void;
  /** Settles when everything that is inside has been handed on, ready sink or not. */
  flush(): Promise<void>;
  /** Ends it: what is still inside is dropped as late. */
  end(): void;
}

/** Builds the queue of a run. `hand` takes what comes out, and answers for what goes wrong behind it. */
export function linkQueue(stage: QueueStage, run: Run, hand: Next, downstream: Downstream): QueueDrain {
  return new Drain(stage, run, hand, downstream);
}

class Drain implements QueueDrain {
  readonly push: Next;
  readonly #stage: QueueStage;
  readonly #run: Run;
  readonly #hand: Next;
  readonly #downstream: Downstream;
  readonly #onDrop: (packet: Packet, reason: DropReason, wasHeld: boolean) => void;
  readonly #drained: readonly Disposable[];
  /** Sinks that may say they are full, when each of them also says when it is not any more. */
  readonly #callingBack: readonly SinkObject<Packet>[];
  #isScheduled = false;
  #recheck: Disposable | undefined;
  #flushed: (() => void) | undefined;

  constructor(stage: QueueStage, run: Run, hand: Next, downstream: Downstream) {
    this.#stage = stage;
    this.#run = run;
    this.#hand = hand;
    this.#downstream = downstream;
    this.#onDrop = (packet, reason, wasHeld) => {
      stage.stats.drop(reason);
      if (wasHeld) {
        packet.release?.();
      }
    };
    this.#callingBack = downstream.sinks.filter(({ drained }) => drained !== undefined);
    this.#drained = this.#callingBack.flatMap(({ drained }) =>
      drained === undefined ? [] : [drained.on(() => this.wake())],
    );
    this.push = (packet) => this.#push(packet);
  }

  isFull(): boolean {
    return this.#stage.queue.isFull;
  }

  wake(): void {
    if (this.#stage.queue.depth > 0) {
      this.#schedule();
    }
  }

  flush(): Promise<void> {
    if (this.#stage.queue.depth === 0) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#flushed = resolve;
      this.#schedule();
    });
  }

  end(): void {
    for (const listening of this.#drained) {
      listening[Symbol.dispose]();
    }
    this.#recheck?.[Symbol.dispose]();
    this.#stage.queue.clear("late", this.#onDrop);
    this.#flushed?.();
  }

  #push(packet: Packet): void {
    const { queue, stats } = this.#stage;
    if (this.#run.counting) {
      stats.packets++;
      stats.bytes += packet.byteLength;
    }
    if (!queue.admit(packet, this.#onDrop)) {
      return;
    }
    stats.clones++;
    stats.clonedBytes += packet.byteLength;
    queue.push(packet.clone(), this.#run.clock?.nowUs() ?? 0);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) {
      return;
    }
    this.#isScheduled = true;
    const { clock } = this.#run;
    if (clock !== undefined && this.#stage.turn === "task") {
      clock.schedule(clock.nowUs(), this.#turn);
    } else {
      queueMicrotask(this.#turn);
    }
  }

  readonly #turn = (): void => {
    this.#isScheduled = false;
    const { queue, stats, turnBudgetUs } = this.#stage;
    const { clock } = this.#run;
    const startUs = clock?.nowUs() ?? 0;
    // Without a clock the bound is a number: what is inside now. Whatever those bring in waits for the next microtask.
    for (let left = queue.depth; left > 0 && this.#run.flowing; left--) {
      if (this.#holdsBack()) {
        return;
      }
      const entry = queue.shift();
      if (entry === undefined) {
        break;
      }
      const nowUs = clock?.nowUs() ?? 0;
      stats.wait.record(nowUs - entry.enqueuedUs);
      this.#hand(entry.packet);
      if (clock !== undefined && clock.nowUs() - startUs >= turnBudgetUs) {
        break;
      }
    }
    this.#goOn();
  };

  /** After a turn: more another time, or the news that the queue is empty. */
  #goOn(): void {
    const { queue } = this.#stage;
    const { clock } = this.#run;
    if (queue.depth === 0) {
      this.#flushed?.();
      this.#flushed = undefined;
    } else if (this.#run.flowing && !this.#isScheduled) {
      this.#isScheduled = true;
      if (clock === undefined) {
        queueMicrotask(this.#turn);
      } else {
        // A timer, not a microtask: the event loop gets its turn.
        clock.schedule(clock.nowUs(), this.#turn);
      }
    }
  }

  /**
   * Whether what lies behind is full. Nobody is waited for who could not be heard again: without a clock that is everyone
   * without `drained`. A queue that empties itself waits for nobody.
   */
  #holdsBack(): boolean {
    if (this.#flushed !== undefined) {
      return false;
    }
    const { clock } = this.#run;
    if (clock === undefined) {
      return this.#callingBack.some(({ ready }) => ready === false);
    }
    if (this.#downstream.isReady()) {
      return false;
    }
    this.#recheck?.[Symbol.dispose]();
    this.#recheck = clock.schedule(clock.nowUs() + RECHECK_US, () => this.wake());
    return true;
  }
}
