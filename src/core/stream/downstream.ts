// What lies behind a door or a queue, as far as the next queue: whether it would take more, and what tells that it would.
import type { Signal } from "../signal/signal.js";
import type { SinkObject } from "./adapter.js";
import type { Packet } from "./packet.js";

/** What is asked of the next queue. */
export interface Room {
  /** How many packets it has room for. */
  room(): number;
  /** It has room again after it was full. */
  readonly roomMade: Signal;
}

/** Sinks of one synchronous stretch, and the queue that ends it. */
export class Downstream {
  /** Heard when there may be credit again. */
  readonly drained: readonly Signal[];
  readonly #sinks: readonly SinkObject<Packet>[];
  /** Sinks that say when they are ready again. */
  readonly #callingBack: readonly SinkObject<Packet>[];
  readonly #queue: Room | undefined;

  constructor(sinks: readonly SinkObject<Packet>[], queue: Room | undefined) {
    this.#sinks = sinks;
    this.#callingBack = sinks.filter(({ drained }) => drained !== undefined);
    this.#queue = queue;
    const signals = sinks.flatMap(({ drained }) => drained ?? []);
    this.drained = queue === undefined ? signals : [...signals, queue.roomMade];
  }

  /** How many packets would be taken now: none while a sink is full, else what the queue has room for. */
  credit(): number {
    return this.#sinks.every(({ ready }) => ready !== false) ? this.#room() : 0;
  }

  /** The same, but of a sink that cannot tell when it is ready again it is assumed that it is. */
  hearableCredit(): number {
    return this.#callingBack.every(({ ready }) => ready !== false) ? this.#room() : 0;
  }

  #room(): number {
    return this.#queue?.room() ?? Number.POSITIVE_INFINITY;
  }
}
