// Packets on their way into a lane: straight into it while there is room, otherwise into a queue with a policy.
import { FloeError } from "../../error/floe-error.js";
import { Signal } from "../../signal/signal.js";
import type { Clock } from "../../time/clock.js";
import type { NodeReport } from "../graph-report.js";
import { type DropReason, NodeStats } from "../node-stats.js";
import type { Packet } from "../packet.js";
import { PacketQueue } from "../packet-queue.js";
import { alignedLength, FRAME_HEAD_BYTES } from "./frame.js";
import type { ContractWay } from "./hop-contract.js";
import type { LaneWriter } from "./lane.js";

/** What an outbox is told. */
export type OutboxOptions = {
  /** For messages. */
  readonly hop: string;
  readonly clock: Clock;
  readonly maxFrameBytes: number;
  /** Where copies and drops are counted. */
  readonly stats?: NodeStats;
  /** A codec threw for a packet that had waited, which is dropped. */
  readonly onBroken: (thrown: unknown) => void;
};

/** The sending half of one direction. */
export class Outbox {
  readonly queue: PacketQueue;
  /** The queue is not full any more. */
  readonly drained: Signal = new Signal();
  /** Messages with a place among the frames that were sent so far. */
  steps = 0;
  /** Copies and drops. */
  readonly stats: NodeStats;
  readonly #options: OutboxOptions;
  readonly #way: ContractWay<Packet>;
  readonly #onDrop: (packet: Packet, reason: DropReason, wasHeld: boolean) => void;
  #lane: LaneWriter | undefined;
  #isHeld = false;
  #emptied: (() => void) | undefined;

  /** Nothing leaves before `connect`. */
  constructor(way: ContractWay<Packet>, options: OutboxOptions) {
    this.#way = way;
    this.#options = options;
    this.stats = options.stats ?? new NodeStats();
    this.queue = new PacketQueue(way.capacity, way.whenFull);
    this.#onDrop = (packet, reason, wasHeld) => {
      this.stats.drop(reason);
      if (wasHeld) {
        packet.release?.();
      }
    };
  }

  /** Frames that were sent so far. */
  get frames(): number {
    return this.#lane?.frames ?? 0;
  }

  /** Opens the way. */
  connect(lane: LaneWriter): void {
    this.#lane = lane;
    lane.onRoom = () => this.#pump();
    this.#pump();
  }

  /** Ends the way; what comes from now on waits for another. */
  disconnect(): void {
    this.#lane = undefined;
    this.steps = 0;
    this.clear();
  }

  /**
   * Sends a packet, or keeps a copy until there is room; false when the contract does not name its kind. Throws FloeError
   * `hop/too-large`, counted as such, and what the packet's codec throws.
   */
  push(packet: Packet): boolean {
    const number = this.#way.codecs.numberOf(packet);
    if (number < 0) {
      return false;
    }
    const maxBytes = this.#way.codecs.at(number).measure(packet);
    if (maxBytes + FRAME_HEAD_BYTES > this.#options.maxFrameBytes) {
      throw this.#tooLarge(packet, maxBytes);
    }
    const lane = this.#isHeld || this.queue.depth > 0 ? undefined : this.#lane;
    const isSent = lane !== undefined && this.#send(lane, packet, number, maxBytes);
    // What finds it full may have been on its way when it became so: nobody here can tell.
    if (!isSent && this.queue.admit(packet, this.#onDrop, true)) {
      this.#countCopy(packet);
      this.queue.push(packet.clone(), this.#options.clock.nowUs());
    }
    return true;
  }

  /** Keeps what comes from now on, until `release`. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Ends a `hold`. */
  release(): void {
    this.#isHeld = false;
    this.#pump();
  }

  /** Settles when nothing waits any more. */
  emptied(): Promise<void> {
    return this.queue.depth === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#emptied = resolve;
        });
  }

  /** Drops what waits. */
  clear(): void {
    this.queue.clear("late", this.#onDrop);
    this.#tellEmptied();
  }

  #pump(): void {
    if (this.#lane === undefined || this.#isHeld) {
      return;
    }
    const wasFull = this.queue.isFull;
    for (let first = this.queue.first; first !== undefined; first = this.queue.first) {
      if (!this.#sendFirst(this.#lane, first.packet)) {
        break;
      }
      this.queue.shift();
      this.stats.wait.record(this.#options.clock.nowUs() - first.enqueuedUs);
      first.packet.release?.();
    }
    if (wasFull && !this.queue.isFull) {
      this.drained.emit();
    }
    if (this.queue.depth === 0) {
      this.#tellEmptied();
    }
  }

  #tellEmptied(): void {
    this.#emptied?.();
    this.#emptied = undefined;
  }

  #sendFirst(lane: LaneWriter, packet: Packet): boolean {
    const { codecs } = this.#way;
    const number = codecs.numberOf(packet);
    try {
      return this.#send(lane, packet, number, codecs.at(number).measure(packet));
    } catch (thrown) {
      this.#options.onBroken(thrown);
      return true;
    }
  }

  /** False when there is no room. */
  #send(lane: LaneWriter, packet: Packet, number: number, maxBytes: number): boolean {
    const frame = lane.open(maxBytes);
    if (frame === undefined) {
      return false;
    }
    frame.begin(number, packet.flags, this.steps, packet.timeUs);
    this.#way.codecs.at(number).write(packet, frame);
    lane.commit();
    this.#countCopy(packet);
    return true;
  }

  #tooLarge(packet: Packet, maxBytes: number): FloeError {
    const { hop, maxFrameBytes } = this.#options;
    this.stats.drop("too-large");
    const ringBytes = 2 ** Math.ceil(Math.log2(2 * alignedLength(maxBytes + FRAME_HEAD_BYTES)));
    return new FloeError(
      "hop/too-large",
      `A ${packet.kind.name} packet of ${packet.byteLength} bytes cannot cross "${hop}", which takes ${maxFrameBytes} at once`,
      { fix: `Set ringBytes of the contract to ${ringBytes} or more.` },
    );
  }

  #countCopy({ byteLength }: Packet): void {
    this.stats.clones++;
    this.stats.clonedBytes += byteLength;
  }
}

/** What a report tells of it. */
export function reportOutbox({ queue, stats }: Outbox): Pick<NodeReport, "drops" | "clones" | "clonedBytes" | "queue"> {
  const { depth, highWater, capacity, whenFull } = queue;
  const { clones, clonedBytes, wait } = stats;
  return {
    drops: stats.drops(),
    clones,
    clonedBytes,
    queue: { depth, highWater, capacity, whenFull, waitUs: wait.summary() },
  };
}
