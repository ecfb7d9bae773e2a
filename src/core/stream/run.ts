// One run of a stream, from start to stop: the gates that its packets meet, and what the closures of the chain share.
import type { Clock } from "../time/clock.js";
import type { Micros } from "../time/units.js";
import type { DropReason, NodeStats } from "./node-stats.js";
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

/** Shared state of one run. Read by every closure of the chain, so: plain fields. */
export class Run {
  readonly owner: RunOwner;
  readonly ownership: Ownership;
  readonly clock: Clock | undefined;
  /** One packet in this many is timed. */
  readonly timedOneIn: number;
  readonly policing: boolean;
  /** Packets may come in. */
  open = false;
  /** Packets may go on within the chain: also while the stream stops and stages empty themselves. */
  flowing = false;
  /** Why packets are turned away while a gate is shut. */
  shutReason: DropReason = "late";
  /** How many entries of this run are on the stack. */
  depth = 0;
  /** The packet on its way is one of the timed ones. */
  timing = false;
  /** Time spent in the stages behind the one that is being timed. */
  nestedUs: Micros = 0;
  /** The innermost stage that threw. */
  blamed = "";

  constructor(
    owner: RunOwner,
    options: {
      readonly ownership: Ownership;
      readonly clock: Clock | undefined;
      readonly timedOneIn: number;
      readonly policing: boolean;
    },
  ) {
    this.owner = owner;
    this.ownership = options.ownership;
    this.clock = options.clock;
    this.timedOneIn = options.timedOneIn;
    this.policing = options.policing;
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

  /** Remembers where an exception came from on its way up; the innermost stage speaks first. */
  blame(stage: string, stats: NodeStats, thrown: unknown): void {
    if (this.blamed === "") {
      this.blamed = stage;
      stats.lastError = describe(thrown);
    }
  }

  /** Takes the blame, once. */
  takeBlame(fallback: string): string {
    const stage = this.blamed === "" ? fallback : this.blamed;
    this.blamed = "";
    return stage;
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
