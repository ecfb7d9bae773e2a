// A bounded queue of packets with a stated policy for when it is full. Pure: no time, no scheduling, no cloning.
import type { Micros } from "../time/units.js";
import type { FrameTrace } from "./frame-trace.js";
import { EncodedVideo } from "./media-packet.js";
import type { DropReason } from "./node-stats.js";
import { type Packet, PacketFlags } from "./packet.js";

/**
 * What a full queue does. `drop-oldest` makes room at the front; `drop-newest` refuses the packet; `drop-until-key`
 * refuses it too, and then every encoded video packet until the next key frame, so that what comes out always
 * decodes (a key frame that still finds the queue full clears the video in front of it). `block` holds its source back:
 * the stream has no credit while `capacity` packets wait. What was on its way by then still finds room, up to twice the
 * capacity, because one packet may have become many; what a source brings that does not heed is refused. A final packet
 * always finds room.
 */
export type WhenFull = (typeof POLICIES)[number];

/** What `whenFull` may be. */
export const POLICIES: readonly ["drop-oldest", "drop-newest", "drop-until-key", "block"] = [
  "drop-oldest",
  "drop-newest",
  "drop-until-key",
  "block",
];

/** Told of every packet that the queue lets go of. Refused ones were never the queue's and are not reported as held. */
export type OnDrop = (packet: Packet, reason: DropReason, wasHeld: boolean, trace?: FrameTrace) => void;

/** A packet that waits, since when, and its trace when it is one of the timed ones. */
type Entry = { readonly packet: Packet; readonly enqueuedUs: Micros; readonly trace: FrameTrace | undefined };

/** First in, first out, at most `capacity` packets (`block`: twice as many, for what was on its way). */
export class PacketQueue {
  readonly capacity: number;
  readonly whenFull: WhenFull;
  readonly #entries: (Entry | undefined)[];
  #head = 0;
  #depth = 0;
  #highWater = 0;
  #awaitingKey = false;

  /** `capacity` is a positive integer. */
  constructor(capacity: number, whenFull: WhenFull) {
    this.capacity = capacity;
    this.whenFull = whenFull;
    this.#entries = new Array<Entry | undefined>(whenFull === "block" ? 2 * capacity : capacity).fill(undefined);
  }

  /** How many packets wait. */
  get depth(): number {
    return this.#depth;
  }

  /** The most that ever waited at once. */
  get highWater(): number {
    return this.#highWater;
  }

  /** The oldest packet, which stays; undefined when there is none. */
  get first(): Entry | undefined {
    return this.#entries[this.#head];
  }

  /** Whether the next packet meets the policy. */
  get isFull(): boolean {
    return this.#depth >= this.capacity;
  }

  /** How many packets may come before one meets the policy. */
  get room(): number {
    return Math.max(0, this.capacity - this.#depth);
  }

  /**
   * Asks whether `packet` may come in, and makes room for it. When the answer is true, `push` follows; when it is false,
   * the packet has been reported to `onDrop`. Only `block` asks whether it was on its way when the queue became full.
   */
  admit(packet: Packet, onDrop: OnDrop, wasOnItsWay = false): boolean {
    if (this.whenFull === "drop-until-key") {
      return this.#admitUntilKey(packet, onDrop);
    }
    if (!this.isFull) {
      return true;
    }
    const hasPlace = this.#depth < this.#entries.length;
    if (hasPlace && wasOnItsWay) {
      return true;
    }
    if (this.whenFull !== "drop-oldest" && !isFinal(packet)) {
      onDrop(packet, "overflow", false);
      return false;
    }
    if (!hasPlace) {
      this.#letGo(this.whenFull === "drop-oldest" ? this.shift() : this.#pop(), onDrop);
    }
    return true;
  }

  /** Adds a packet that `admit` has let in. */
  push(packet: Packet, nowUs: Micros, trace?: FrameTrace): void {
    this.#entries[(this.#head + this.#depth) % this.#entries.length] = { packet, enqueuedUs: nowUs, trace };
    this.#depth++;
    this.#highWater = Math.max(this.#highWater, this.#depth);
  }

  /** Takes the oldest packet, or undefined. */
  shift(): Entry | undefined {
    if (this.#depth === 0) {
      return undefined;
    }
    const entry = this.#entries[this.#head];
    this.#entries[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#entries.length;
    this.#depth--;
    return entry;
  }

  /** Lets go of everything. */
  clear(reason: DropReason, onDrop: OnDrop): void {
    this.#awaitingKey = false;
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) {
      onDrop(entry.packet, reason, true, entry.trace);
    }
  }

  #admitUntilKey(packet: Packet, onDrop: OnDrop): boolean {
    const isVideo = EncodedVideo.is(packet);
    const isKey = isVideo && packet.isKey;
    if (isVideo && !isKey && this.#awaitingKey) {
      onDrop(packet, "awaiting-key", false);
      return false;
    }
    if (this.isFull && isKey) {
      this.#dropVideo(onDrop);
    }
    if (this.isFull && isFinal(packet)) {
      // From the back: losing the front would leave packets that need it.
      const newest = this.#pop();
      this.#awaitingKey ||= newest !== undefined && EncodedVideo.is(newest.packet);
      this.#letGo(newest, onDrop);
    }
    if (this.isFull) {
      this.#awaitingKey ||= isVideo;
      onDrop(packet, "overflow", false);
      return false;
    }
    if (isKey) {
      this.#awaitingKey = false;
    }
    return true;
  }

  #letGo(entry: Entry | undefined, onDrop: OnDrop): void {
    if (entry !== undefined) {
      onDrop(entry.packet, "overflow", true, entry.trace);
    }
  }

  #pop(): Entry | undefined {
    const index = (this.#head + this.#depth - 1) % this.#entries.length;
    const entry = this.#entries[index];
    this.#entries[index] = undefined;
    this.#depth--;
    return entry;
  }

  #dropVideo(onDrop: OnDrop): void {
    const kept: Entry[] = [];
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) {
      if (EncodedVideo.is(entry.packet) && !isFinal(entry.packet)) {
        onDrop(entry.packet, "overflow", true, entry.trace);
      } else {
        kept.push(entry);
      }
    }
    for (const { packet, enqueuedUs, trace } of kept) {
      this.push(packet, enqueuedUs, trace);
    }
  }
}

function isFinal(packet: Packet): boolean {
  return (packet.flags & PacketFlags.final) !== 0;
}
