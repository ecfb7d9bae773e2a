// What every node of a graph counts.
import { LatencyHistogram } from "./latency-histogram.js";
import type { Packet } from "./packet.js";

/** Why a packet was not handed on. */
export type DropReason =
  /** A full queue, by its policy. */
  | "overflow"
  /** A video packet that cannot be decoded because one before it was dropped. */
  | "awaiting-key"
  /** The stream has not been started yet. */
  | "early"
  /** The stream is paused. */
  | "paused"
  /** It came after the stream (or this run of it) had ended, or the stream ended around it. */
  | "late"
  /** It does not fit through the hop. */
  | "too-large"
  /** No sink took it. */
  | "unclaimed";

/** Counters of one node, from the stream's construction on; restarts do not clear them. */
export class NodeStats {
  /**
   * Packets that the node took (a source: brought), and their bytes. In memory of their own: what writes a field makes an
   * engine forget what it knows of the packet's fields.
   */
  readonly taken: Float64Array = new Float64Array(new ArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT));
  /** Packets that passed by, because the node does not accept their kind or because they are not to be modified. */
  passedBy = 0;
  passedByBytes = 0;
  /** Copies made, and the bytes in them. */
  clones = 0;
  clonedBytes = 0;
  /** Time in the node itself, without the nodes behind it. */
  readonly time: LatencyHistogram = new LatencyHistogram();
  /** Deferred stages: time between taking a packet and emitting what became of it. */
  readonly through: LatencyHistogram = new LatencyHistogram();
  /** Time between arriving in a queue and leaving it. */
  readonly wait: LatencyHistogram = new LatencyHistogram();
  /** The last error that came out of this node, as text. */
  lastError = "";
  readonly #drops: Map<DropReason, number> = new Map();

  /** Packets that the node took. */
  get packets(): number {
    return this.taken[0];
  }

  /** Their bytes. */
  get bytes(): number {
    return this.taken[1];
  }

  /** Counts a packet that the node takes. */
  take({ byteLength }: Packet): void {
    this.taken[0] += 1;
    this.taken[1] += byteLength;
  }

  /** Counts a packet that was not handed on. */
  drop(reason: DropReason): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }

  /** Drops by reason; reasons that never happened are left out. */
  drops(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#drops);
  }
}
