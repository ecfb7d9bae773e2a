// PacketStream: sources, ordered stages and sinks as one sentence. This file is the typed face; stream-life.ts does what
// it says.
import { FloeError } from "../error/floe-error.js";
import type { Signal } from "../signal/signal.js";
import type { Clock } from "../time/clock.js";
import type { ExternalSource, Processor, SinkObject, Source } from "./adapter.js";
import { can } from "./adapter-check.js";
import { type ChromeTrace, chromeTrace } from "./chrome-trace.js";
import type { ChoosingSink, Fits, OpenSink } from "./fits.js";
import type { Overrun } from "./frame-budget.js";
import type { GraphReport } from "./graph-report.js";
import { addHop, addMainHop, addQueue, type HopOptions, type MainHopOptions } from "./hop/add-hop.js";
import type { HopContract } from "./hop/hop-contract.js";
import type { HopPort } from "./hop/hop-port.js";
import type { Packet, PacketKind } from "./packet.js";
import type { WhenFull } from "./packet-queue.js";
import { isPositiveInteger } from "./positive-integer.js";
import type { BranchStage } from "./stage.js";
import { StreamLife } from "./stream-life.js";
import { StreamSource } from "./stream-source.js";
import type { StreamState } from "./stream-state.js";

/** How a stream behaves. */
export type PacketStreamOptions = {
  /** For messages and reports. */
  readonly name: string;
  /** Needed for times in the report, and for queues to give the event loop its turn. */
  readonly clock?: Clock;
  /**
   * One packet in this many is timed. Default: as many as the rate of packets allows, every one up to some 250 a second,
   * and at most about a thousand a second (1 in 1021 at least).
   */
  readonly timedOneIn?: number;
  /**
   * `full` (default): nodes count packets and bytes, and some packets are timed. `drops`: nodes count drops, copies and
   * errors alone, for chains in which nanoseconds matter.
   */
  readonly report?: "full" | "drops";
  /** How long a packet may take from its source to the last sink, milliseconds; `overran` tells of timed ones that took longer. Default 16.7. */
  readonly budgetMs?: number;
  /** Whether the first packet that is written starts the stream. Default false. */
  readonly autoStart?: boolean;
  /** Whether a failure closes the stream. Default true; false leaves it in `error`, to be stopped and started again. */
  readonly closeOnError?: boolean;
};

/** How a queue behaves. */
export type QueueOptions = {
  /** Most packets that wait. A positive integer. */
  readonly capacity: number;
  /** What happens to a packet that finds it full; `block` holds the sources back (in a branch it can only refuse). */
  readonly whenFull: WhenFull;
  /** Default `queue`. */
  readonly name?: string;
  /** Longest piece of one turn of the event loop, milliseconds. Default 5. Needs a clock; without, a turn hands on what is inside. */
  readonly maxTurnMs?: number;
  /** Place in a numbered graph, 0..101. Default: behind everything so far. */
  readonly order?: number;
};

/** How a branch behaves. */
export type BranchOptions = {
  /** `alone` (default): its failure is its own. `together`: it fails the stream that it hangs on. */
  readonly failure?: "alone" | "together";
};

/** How a stream starts. */
export type StartOptions = {
  /** Aborting closes the stream; a start() that is pending rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

/**
 * A graph of packets. `Out` is what leaves its last stage so far. Name sources first, then stages and sinks in the order
 * in which they run; nothing is attached or detached while it runs. For packets that come by `write()` alone, say what
 * they are: `new PacketStream<RawPacket>({ name })`.
 */
export class PacketStream<Out extends Packet = never> implements AsyncDisposable {
  readonly #life: StreamLife;

  constructor(options: PacketStreamOptions);
  /** @internal */
  constructor(options: PacketStreamOptions, life: StreamLife);
  constructor(
    {
      name,
      clock,
      timedOneIn,
      report = "full",
      budgetMs = 16.7,
      autoStart = false,
      closeOnError = true,
    }: PacketStreamOptions,
    life?: StreamLife,
  ) {
    if (timedOneIn !== undefined && !isPositiveInteger(timedOneIn)) {
      throw new FloeError("stream/timed-one-in", `timedOneIn of "${name}" is ${timedOneIn}, not a positive integer`);
    }
    if (!(budgetMs > 0)) {
      throw new FloeError("stream/budget", `budgetMs of "${name}" is ${budgetMs}, not a positive number`);
    }
    this.#life = life ?? new StreamLife({ name, clock, timedOneIn, report, budgetMs, autoStart, closeOnError });
  }

  /** As given. */
  get name(): string {
    return this.#life.name;
  }

  /** Where the stream is in its life. */
  get state(): StreamState {
    return this.#life.state;
  }

  /** Every change of state, after the adapters have heard of it. */
  get stateChanged(): Signal<StreamState> {
    return this.#life.stateChanged;
  }

  /** A stage, sink or source threw; at most once a run. With no listener, the exception goes to whoever brought the packet. */
  get failed(): Signal<Error> {
    return this.#life.failed;
  }

  /** A timed packet took longer than the budget: which one, and which nodes had it. Needs a clock. Must not throw. */
  get overran(): Signal<Overrun> {
    return this.#life.overran;
  }

  /** What made the stream fail, until it is started or reset. */
  get error(): Error | undefined {
    return this.#life.error;
  }

  /** Settles when the stream is closed: with null, or with the error that it failed by. Never rejects. */
  get closed(): Promise<Error | null> {
    return this.#life.closed;
  }

  /** False while a sink, or the first queue in front of it, is full: `credit > 0`. Branches have no say. */
  get ready(): boolean {
    return this.#life.ready;
  }

  /** How many packets there is room for now, up to the first queue; infinite where no queue limits it. */
  get credit(): number {
    return this.#life.credit;
  }

  /** There is credit again after it was used up. So a stream, as another's sink, holds that one back and lets it go on. */
  get drained(): Signal {
    return this.#life.drained;
  }

  /**
   * Adds a source; several are merged in front of the first stage. With `lifecycle: "stream"` (default) the stream starts
   * and stops it; an `external` one is only listened to while the stream runs.
   */
  source<S extends Packet>(source: Source<S>, options?: { readonly lifecycle?: "stream" }): PacketStream<Out | S>;
  source<S extends Packet>(
    source: ExternalSource<S>,
    options: { readonly lifecycle: "external" },
  ): PacketStream<Out | S>;
  source(
    source: Source<Packet> | ExternalSource<Packet>,
    { lifecycle = "stream" }: { readonly lifecycle?: "stream" | "external" } = {},
  ): PacketStream<Packet> {
    this.#life.refuseWhileActive();
    if (lifecycle === "external" && can(source, "connect")) {
      this.#life.topology.addExternalSource(source as ExternalSource<Packet>);
    } else if (lifecycle === "stream" && can(source, "start") && can(source, "stop")) {
      this.#life.topology.addSource(source as Source<Packet>);
    } else {
      throw new FloeError("stream/source", `"${source.name}" cannot be a source with lifecycle "${lifecycle}"`, {
        fix: 'A source has start() and stop(); with lifecycle "external" it has connect().',
      });
    }
    return this.#as<Packet>();
  }

  /** Adds a processor behind everything so far. One that takes none of the kinds that arrive does not compile. */
  via<In extends Packet, Next extends Packet>(
    processor: Processor<In, Next> & Fits<Out, In>,
  ): PacketStream<Exclude<Out, In> | Next> {
    this.#life.refuseWhileActive();
    this.#life.topology.addProcessor(processor);
    return this.#as<Exclude<Out, In> | Next>();
  }

  /**
   * Adds a processor at its number (0 hop, 5 decode, 10 transform, 20 encode, 30 packetize; 0..101, or -1 to append), for
   * graphs that are put together from configuration. Kinds are then checked by start() alone.
   */
  attach(processor: Processor<Packet, Packet>, { order = -1 }: { readonly order?: number } = {}): PacketStream<Packet> {
    this.#life.refuseWhileActive();
    this.#life.topology.addProcessor(processor, order);
    return this.#as<Packet>();
  }

  /** Adds a queue: it clones each packet and hands it on in a later turn. The one place that clones; an ownership boundary. */
  queue({ capacity, whenFull, name = "queue", maxTurnMs = 5, order }: QueueOptions): PacketStream<Out> {
    this.#life.refuseWhileActive();
    addQueue(this.#life, { name, capacity, whenFull, maxTurnMs, order }, "microtask");
    return this;
  }

  /**
   * Adds a hop to a worker, whose module serves the other half: `serveHop(port, contract, (input) => ...)`. What the contract
   * names crosses, in order and copied once each way; other kinds pass by. The worker stays its user's to terminate, after
   * close(). `hop("main")` brings packets that come on a foreign stack back to a turn of the event loop.
   */
  hop<To extends Packet, Back extends Packet>(
    port: HopPort,
    contract: HopContract<To, Back> & Fits<Out, To>,
    options?: HopOptions,
  ): PacketStream<Exclude<Out, To> | Back>;
  hop(main: "main", options?: MainHopOptions): PacketStream<Out>;
  hop(to: HopPort | "main", ...more: unknown[]): unknown {
    this.#life.refuseWhileActive();
    if (to === "main") {
      addMainHop(this.#life, more[0] as MainHopOptions | undefined);
    } else {
      addHop(this.#life, to, more[0] as HopContract<Packet, Packet>, more[1] as HopOptions | undefined);
    }
    return this.#as<Packet>();
  }

  /** Adds a sink at this point; the sentence may go on behind it. In a numbered graph, sinks stand behind the last stage. */
  to(sink: OpenSink<Out>): PacketStream<Out>;
  to<In extends Packet>(sink: ChoosingSink<In> & Fits<Out, In>): PacketStream<Out>;
  to(sink: OpenSink<Out> | ChoosingSink<Packet>): PacketStream<Out> {
    this.#life.refuseWhileActive();
    const face = typeof sink === "function" ? { name: sink.name, write: sink } : sink;
    const { name } = face as SinkObject<Packet>;
    this.#life.topology.addSink(face as SinkObject<Packet>, sink, name === undefined || name === "" ? "sink" : name);
    return this;
  }

  /**
   * A stream of its own that sees what passes this point: lent (put a queue() in front of what keeps packets), after the
   * sinks named so far and before what is named later. It starts, stops and closes with this one, may do so earlier, and
   * fails alone.
   */
  branch(name: string, { failure = "alone" }: BranchOptions = {}): PacketStream<Out> {
    const parent = this.#life;
    parent.refuseWhileActive();
    if (failure !== "alone" && failure !== "together") {
      throw new FloeError("stream/branch-failure", `Branch "${name}" of "${this.name}" cannot fail "${failure}"`, {
        fix: "Use alone or together.",
      });
    }
    const life = new StreamLife(
      { ...parent.options, name, autoStart: false },
      { name: parent.name, ownership: parent.ownership, flow: () => parent.flowInto(stage) },
    );
    const branch = new PacketStream<Out>({ name }, life);
    const stage: BranchStage = parent.topology.addBranch(life, branch);
    if (failure === "together") {
      life.failed.on((error) => parent.fail(error, stage.id));
    }
    return branch;
  }

  /**
   * This stream as another one's source: what leaves its end goes there, lent. With `lifecycle: "stream"` that one starts,
   * stops and closes this one, and its credit reaches this one's queues; `external`: it only listens.
   */
  asSource(): Source<Out> & ExternalSource<Out> {
    const source = new StreamSource<Out>(this, () => this.#life.outflow() as readonly PacketKind<Out>[]);
    this.to(source);
    return source;
  }

  /** Takes out a source, processor, sink or branch; false when it is not in. */
  detach(node: object): boolean {
    this.#life.refuseWhileActive();
    return this.#life.topology.remove(node);
  }

  /**
   * Checks the wiring, then starts the stream, its branches and its sources; settles when the sources have started. Rejects
   * with FloeError `stream/no-packets`, `stream/lent-packets`, `stream/kinds` or `stream/cycle` (nothing has changed then),
   * with what a source threw, or with `stream/state` when the stream is closed, stopping or failed. Of a paused stream: resume.
   */
  start({ signal }: StartOptions = {}): Promise<void> {
    return this.#life.start(signal);
  }

  /** From now on packets that come in are dropped and counted; queues keep what they hold. */
  pause(): void {
    this.#life.pause();
  }

  /** Ends a pause; nothing otherwise. */
  resume(): void {
    this.#life.resume();
  }

  /**
   * Takes nothing in any more, empties queues and deferred stages into the sinks, then stops the sources. May be started
   * again. Rejects when something threw on the way (which `failed` has told as well).
   */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Stops if needed, then closes branches, stages and sources. Twice is quiet; never rejects. */
  close(): Promise<void> {
    return this.#life.close();
  }

  /** Forbids changes until the stream has been stopped. False unless it is new. */
  lock(): boolean {
    return this.#life.lock();
  }

  /** Makes a new or closed stream empty and new. Throws FloeError `stream/state` otherwise. */
  reset(): void {
    this.#life.reset();
  }

  /**
   * Brings a packet in, lent until the call returns. Dropped and counted unless the stream is active. Throws what a stage
   * threw when `failed` has no listener, and `stream/lent-packets` where a stage would keep it.
   */
  write(packet: Packet): void {
    this.#life.write(packet);
  }

  /** Counters and times of every node and edge, plain JSON. */
  report(): GraphReport {
    return this.#life.report();
  }

  /** The last 128 timed packets, each stream and branch apart, as a trace viewer reads them. Plain JSON; empty without a clock. */
  trace(): ChromeTrace {
    return chromeTrace(this.#life.traces());
  }

  /** close(). */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #as<Other extends Packet>(): PacketStream<Other> {
    return this as unknown as PacketStream<Other>;
  }
}
