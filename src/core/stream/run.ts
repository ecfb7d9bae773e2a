// One run of a stream, from start to stop: the gates that its packets meet, and what the closures of the chain share.
import type { Clock } from "../time/clock.js";
import type { Micros } from "../time/units.js";
import type { FrameLog } from "./frame-log.js";
import type { FrameTrace } from "./frame-trace.js";
import type { DropReason, NodeStats } from "./node-stats.js";
import type { Packet } from "./packet.js";
import type { Sampling } from "./sampling.js";
import type { Next } from "./stage.js";
import { describe } from "./thrown.js";

/** What a run asks of its stream. */
export interface RunOwner {
  /** A stage threw. Answers whether anybody was told. Never throws. */
  fail(thrown: unknown, stage: string): boolean;
  /** A final packet went through. */
  finish(): void;
}

/** Who owns the packet that is being handed on right now. Shared by a stream and its branches: one packet, one owner. */
export type Ownership = { taken: boolean };

/** What a run is made from. */
export type RunOptions = Pick<Run, "ownership" | "clock" | "sampling" | "frames" | "policing" | "counting">;

/** Shared state of one run. Read by every closure of the chain, so: plain fields. */
export class Run {
  readonly owner: RunOwner;
  readonly ownership: Ownership;
  readonly clock: Clock | undefined;
  readonly sampling: Sampling;
  /** Where timed packets are written down; undefined when none is timed. */
  readonly frames: FrameLog | undefined;
  readonly policing: boolean;
  /** Nodes count packets and bytes. Drops are counted always. */
  readonly counting: boolean;
  /** Packets may come in. */
  open = false;
  /** Packets may go on within the chain: also while the stream stops and stages empty themselves. */
  flowing = false;
  /** Packets go on and nobody watches them: `flowing`, and no `trace`. One look for what nearly every call finds. */
  calm = false;
  /** Why packets are turned away while a gate is shut. */
  shutReason: DropReason = "late";
  /** How many entries of this run are on the stack. */
  depth = 0;
  /** Packets until the next one is timed. */
  countdown = 1;
  /** The packet on its way, when it is one of the timed ones. */
  trace: FrameTrace | undefined;
  /** Time spent in the stages behind the one that is being timed. */
  nestedUs: Micros = 0;
  /** What is on its way up the stack, and the innermost stage that threw it. */
  thrown: unknown;
  #blamed = "";

  constructor(owner: RunOwner, { ownership, clock, sampling, frames, policing, counting }: RunOptions) {
    this.owner = owner;
    this.ownership = ownership;
    this.clock = clock;
    this.sampling = sampling;
    this.frames = frames;
    this.policing = policing;
    this.counting = counting;
  }

  /** Active. */
  openGates(): void {
    this.open = true;
    this.flowing = true;
    this.#settle();
  }

  /** Paused: nothing moves. */
  pauseGates(): void {
    this.open = false;
    this.flowing = false;
    this.shutReason = "paused";
    this.#settle();
  }

  /** Stopping: nothing comes in, what is inside flows out. */
  drainGates(): void {
    this.open = false;
    this.flowing = true;
    this.shutReason = "late";
    this.#settle();
  }

  /** The end of the run. Closures of a run that has ended never move a packet again. */
  shutGates(): void {
    this.open = false;
    this.flowing = false;
    this.shutReason = "late";
    this.#settle();
  }

  /** The packet that is about to go in by `door` is timed. */
  begin(door: string, frame: number, packet: Packet): void {
    this.trace = this.frames?.begin(door, frame, packet);
    this.#settle();
    this.countdown = this.sampling.next(this.trace?.startUs ?? 0);
    this.nestedUs = 0;
  }

  /** The call that began a trace is over; what became of the packet may be in a queue or with a stage. */
  end(): void {
    const { trace } = this;
    this.trace = undefined;
    this.#settle();
    if (trace !== undefined) {
      this.#leave(trace);
    }
  }

  /** Hands on what became of a timed packet (or of one that is not timed). The trace was held for it. */
  follow(trace: FrameTrace | undefined, hand: Next, packet: Packet): void {
    const outer = this.trace;
    this.trace = trace;
    this.#settle();
    try {
      hand(packet);
    } finally {
      this.trace = outer;
      this.#settle();
      if (trace !== undefined) {
        this.#leave(trace);
      }
    }
  }

  /** What became of a timed packet is dropped. */
  lose(trace: FrameTrace | undefined): void {
    if (trace !== undefined) {
      trace.isLost = true;
      this.#leave(trace);
    }
  }

  #settle(): void {
    this.calm = this.flowing && this.trace === undefined;
  }

  #leave(trace: FrameTrace): void {
    if (trace.leave()) {
      this.frames?.finish(trace);
    }
  }

  /** Remembers where an exception came from on its way up; the innermost stage speaks first. */
  blame(stage: string, stats: NodeStats, thrown: unknown): void {
    if (this.#blamed === "" || this.thrown !== thrown) {
      this.thrown = thrown;
      this.#blamed = stage;
      stats.lastError = describe(thrown);
    }
  }

  /** An exception has come up to the door that `id` brought the packet by. */
  failed(thrown: unknown, id: string, untold: "throw" | "keep"): void {
    const stage = this.#blamed !== "" && this.thrown === thrown ? this.#blamed : id;
    this.#blamed = "";
    if (!this.owner.fail(thrown, stage) && untold === "throw") {
      throw thrown;
    }
  }
}

/** Times a call of a node, without what the stages behind it took. */
export function timed(
  run: Run,
  clock: Clock,
  { id, stats }: { readonly id: string; readonly stats: NodeStats },
  call: Next,
  packet: Packet,
): void {
  const { trace } = run;
  const outerUs = run.nestedUs;
  run.nestedUs = 0;
  const startUs = clock.nowUs();
  try {
    call(packet);
  } finally {
    const durationUs = clock.nowUs() - startUs;
    const selfUs = durationUs - run.nestedUs;
    stats.time.record(selfUs);
    trace?.spans.push({ node: id, doing: "work", startUs, durationUs, selfUs });
    run.nestedUs = outerUs + durationUs;
  }
}
