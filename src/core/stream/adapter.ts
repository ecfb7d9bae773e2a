// The ports of a graph: what a source, a processor and a sink are, and the one word each says about ownership.
import type { Signal } from "../signal/signal.js";
import type { Packet, PacketKind } from "./packet.js";
import type { StreamState } from "./stream-state.js";

/**
 * What an adapter does with packets beyond the synchronous call that hands them over.
 *
 * | | packets it is given | packets it emits |
 * |---|---|---|
 * | `borrowed` | are used in the call only | are lent: it may reuse or free them when `emit` returns |
 * | `cloned` | are cloned before it defers work | are given away: the graph releases them, it never touches them again |
 * | `retained` | are kept as they are: it becomes their owner, and releases or emits each, after the call that brought it | are given away |
 *
 * So a `retained` stage must only meet packets that are given away: `start()` refuses it behind a lender, and the fix
 * is a `queue()` (or any `cloned` stage) between the two. A source's retention speaks of what it emits.
 */
export type Retention = "borrowed" | "cloned" | "retained";

/** What all stages have in common. */
export interface Adapter {
  /** For messages and reports; unique in its stream is best. */
  readonly name: string;
  readonly retention: Retention;
  /** The stream's state changed; comes before the next packet. Must not throw. */
  streamStateChanged?(state: StreamState): void;
  /** It broke between packets (a device is gone, a codec gave up): the stream fails as if it had thrown. */
  readonly failed?: FailureSignal;
}

/** A `Signal` of errors, of whatever type they are. */
export interface FailureSignal {
  on(listener: (error: Error) => void): Disposable;
}

/** Hands one packet on. The chain behind it has run, up to the next queue or deferred stage, when it returns. */
export type Emit<P extends Packet> = (packet: P) => void;

/** A stage that turns packets into others. */
export interface Processor<In extends Packet, Out extends Packet> extends Adapter {
  /** Kinds that `process` takes. All others pass by this stage untouched. */
  readonly accepts: readonly PacketKind<In>[];
  /** Kinds that it may emit. */
  readonly emits: readonly PacketKind<Out>[];
  /**
   * Takes one packet and emits any number. `emit` is the same function for the whole run: a deferred stage (retention
   * not `borrowed`) may keep it and call it later; a call after the stream has stopped is dropped and counted.
   */
  process(packet: In, emit: Emit<Out>): void;
  /** Called by `stream.stop()`, which waits: a deferred stage emits here what it still holds. */
  stop?(): void | Promise<void>;
  /** Called by `stream.close()`, once. */
  close?(): void | Promise<void>;
}

/** What a source may ask about the chain it feeds. */
export interface Demand {
  /** False while the stream would rather have no more for now: a source that can slow down does. The same as `credit > 0`. */
  readonly ready: boolean;
  /** How many packets the chain has room for now, up to its first queue; infinite where no queue limits it. */
  readonly credit: number;
  /** The credit has come back after it was used up. */
  readonly drained: Signal;
}

/** A stage that brings packets in, and whose production begins and ends with the stream. */
export interface Source<Out extends Packet> extends Adapter {
  readonly emits: readonly PacketKind<Out>[];
  /** Begins production. May emit at once. A new `emit` comes with each start. */
  start(emit: Emit<Out>, demand?: Demand): void | Promise<void>;
  /** Ends production. Never called while `start` is pending. */
  stop(): void | Promise<void>;
  /** Called by `stream.close()`, once. */
  close?(): void | Promise<void>;
}

/** A source that somebody else starts and stops; the stream only listens while it runs. */
export interface ExternalSource<Out extends Packet> extends Adapter {
  readonly emits: readonly PacketKind<Out>[];
  /** Sends packets to `emit` until the answer is disposed. */
  connect(emit: Emit<Out>): Disposable;
}

/** A sink with a name, a choice of kinds, or a way to say that it is full. */
export interface SinkObject<In extends Packet> {
  /** For messages and reports. */
  readonly name?: string;
  /** Kinds that `write` takes; absent means all. Others pass by. */
  readonly accepts?: readonly PacketKind<In>[];
  /** Default `borrowed`. A `retained` sink keeps the packet and becomes its owner. */
  readonly retention?: Retention;
  write(packet: In): void;
  /** False while full: queues hold back, and `stream.ready` is false. */
  readonly ready?: boolean;
  /** Tells that `ready` is true again; queues then go on at once instead of asking now and then. */
  readonly drained?: Signal;
}

/** Where packets end. A function takes everything that reaches it. */
export type Sink<In extends Packet> = ((packet: In) => void) | SinkObject<In>;
