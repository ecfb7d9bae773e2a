// One run of a stream, from start to stop: the gates that its packets meet, and what the closures of the chain share.
import type { Clock } from "../time/clock.js";
import type { Micros } from "../time/units.js";
import type { DropReason, NodeStats } from "./node-stats.js";
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
export type RunOptions = Pick<Run, "ownership" | "clock" | "sampling" | "policing" | "counting">;

/** Shared state of one run. Read by every closure of the chain, so: plain fields. */
export class Run {
  readonly owner: RunOwner;
  readonly ownership: Ownership;
  readonly clock: Clock | undefined;
  readonly sampling: Sampling;
  readonly policing: boolean;
  /** Nodes count packets and bytes, and some packets are timed. Drops are counted always. */
  readonly counting: boolean;
  /** Packets may come in. */
  open = false;
  /** Packets may go on within the chain: also while the stream stops and stages empty themselves. */
  flowing = false;
  /** Why packets are turned away while a gate is shut. */
  shutReason: DropReason = "late";
  /** How many entries of this run are on the stack. */
  depth = 0;
  /** Packets until the next one is timed. */
  countdown = 1;
  /** The packet on its way is one of the timed ones. */
  timing = false;
  /** Time spent in the stages behind the one that is being timed. */
  nestedUs: Micros = 0;
  /** What is on its way up the stack, and the innermost stage that threw it. */
  thrown: unknown;
  #blamed = "";

  constructor(owner: RunOwner, { ownership, clock, sampling, policing, counting }: RunOptions) {
    this.owner = owner;
    this.ownership = ownership;
    this.clock = clock;
    this.sampling = sampling;
    this.policing = policing;
    this.counting = counting;
  }

  /** Active. */
  openGates(): void {
    this.open = true;
    this.flowing = true;
  }

  /** Paused: nothing moves. */
  pauseGates(): void {
    this.open = false;
    this.flowing = false;
    this.shutReason = "paused";
  }

  /** Stopping: nothing comes in, what is inside flows out. */
  drainGates(): void {
    this.open = false;
    this.flowing = true;
    this.shutReason = "late";
  }

  /** The end of the run. Closures of a run that has ended never move a packet again. */
  shutGates(): void {
    this.open = false;
    this.flowing = false;
    this.shutReason = "late";
  }

  /** The packet that is about to go in is timed. */
  beginTiming(): void {
    this.countdown = this.sampling.next(this.clock?.nowUs() ?? 0);
    this.timing = true;
    this.nestedUs = 0;
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

/** Times `step` for `stats`, without what the stages behind it took. */
export function timed(run: Run, clock: Clock, stats: NodeStats, step: Next, packet: Parameters<Next>[0]): void {
  const outerUs = run.nestedUs;
  run.nestedUs = 0;
  const startUs = clock.nowUs();
  try {
    step(packet);
  } finally {
    const totalUs = clock.nowUs() - startUs;
    stats.time.record(totalUs - run.nestedUs);
    run.nestedUs = outerUs + totalUs;
  }
}
