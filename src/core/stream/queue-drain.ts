// A queue at work: copies what comes in, and hands it on later, a bounded time in each turn of the event loop.

import { Signal } from "../signal/signal.js";
import { milliseconds } from "../time/units.js";
import type { Downstream, Room } from "./downstream.js";
import type { Packet } from "./packet.js";
import type { OnDrop } from "./packet-queue.js";
import type { Run } from "./run.js";
import type { Next, QueueStage } from "./stage.js";
import type { Arrivals } from "./step.js";

/** How often a queue asks a full sink that cannot call back. */
const RECHECK_US = milliseconds(5);

/** A running queue. */
export interface QueueDrain extends Room {
  /** Clones a packet and keeps the copy. */
  readonly push: Next;
  /** What the doors in front of it must count, when it blocks. */
  readonly counting: { readonly arrivals?: Arrivals };
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
  readonly roomMade: Signal = new Signal();
  readonly counting: { readonly arrivals?: Arrivals };
  readonly #arrivals: Arrivals = { count: 0 };
  /** The arrival by which it became full; what came with that one was on its way. */
  #filledBy = 0;
  /** It became full, and nobody was told yet that there is room again. */
  #wasFull = false;
  readonly #stage: QueueStage;
  readonly #run: Run;
  readonly #hand: Next;
  readonly #downstream: Downstream;
  readonly #onDrop: OnDrop;
  readonly #drained: readonly Disposable[];
  #isScheduled = false;
  #recheck: Disposable | undefined;
  #flushed: (() => void) | undefined;

  constructor(stage: QueueStage, run: Run, hand: Next, downstream: Downstream) {
    this.#stage = stage;
    this.#run = run;
    this.#hand = hand;
    this.#downstream = downstream;
    this.#onDrop = (packet, reason, wasHeld, trace) => {
      stage.stats.drop(reason);
      run.lose(trace);
      if (wasHeld) {
        packet.release?.();
      }
    };
    this.#drained = downstream.drained.map((drained) => drained.on(() => this.wake()));
    this.counting = stage.queue.whenFull === "block" ? { arrivals: this.#arrivals } : {};
    this.push = (packet) => this.#push(packet);
  }

  room(): number {
    return this.#stage.queue.room;
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
      stats.take(packet);
    }
    const { count } = this.#arrivals;
    const hadRoom = !queue.isFull;
    if (!queue.admit(packet, this.#onDrop, count === this.#filledBy)) {
      return;
    }
    stats.clones++;
    stats.clonedBytes += packet.byteLength;
    const { trace, clock } = this.#run;
    trace?.hold();
    queue.push(packet.clone(), clock?.nowUs() ?? 0, trace);
    if (hadRoom && queue.isFull) {
      this.#wasFull = true;
      this.#filledBy = count;
    }
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
    const { id, queue, stats, turnBudgetUs } = this.#stage;
    const { clock } = this.#run;
    const turnUs = clock?.nowUs() ?? 0;
    // Without a clock the bound is a number: what is inside now. Whatever those bring in waits for the next microtask.
    for (let left = queue.depth; left > 0 && this.#run.flowing; left--) {
      if (this.#holdsBack()) {
        this.#tellRoom();
        return;
      }
      const entry = queue.shift();
      if (entry === undefined) {
        break;
      }
      const nowUs = clock?.nowUs() ?? 0;
      const { packet, enqueuedUs: startUs, trace } = entry;
      const durationUs = nowUs - startUs;
      stats.wait.record(durationUs);
      trace?.spans.push({ node: id, doing: "wait", startUs, durationUs, selfUs: durationUs });
      this.#run.follow(trace, this.#hand, packet);
      if (clock !== undefined && clock.nowUs() - turnUs >= turnBudgetUs) {
        break;
      }
    }
    this.#goOn();
  };

  /** After a turn: more another time, or the news that the queue is empty. */
  #goOn(): void {
    const { queue } = this.#stage;
    const { clock } = this.#run;
    this.#tellRoom();
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

  /** Half of it at a time, so that a source is not called for every packet. */
  #tellRoom(): void {
    const { depth, capacity } = this.#stage.queue;
    if (this.#wasFull && depth <= capacity >> 1) {
      this.#wasFull = false;
      this.roomMade.emit();
    }
  }

  /**
   * Whether what lies behind is full. Nobody is waited for who could not be heard again: without a clock that is every sink
   * without `drained`. A queue that empties itself waits for nobody.
   */
  #holdsBack(): boolean {
    if (this.#flushed !== undefined) {
      return false;
    }
    const { clock } = this.#run;
    if (clock === undefined) {
      return this.#downstream.hearableCredit() === 0;
    }
    if (this.#downstream.credit() > 0) {
      return false;
    }
    this.#recheck?.[Symbol.dispose]();
    this.#recheck = clock.schedule(clock.nowUs() + RECHECK_US, () => this.wake());
    return true;
  }
}
