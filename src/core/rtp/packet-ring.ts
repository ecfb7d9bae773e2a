// One encoded stream's packets, written once and shared by every viewer for sending, pacing, NACK and late joining.
import type { SlotRing } from "../kernel/slot-ring.js";
import type { MediaMicros } from "../time/units.js";
import { FrameLog } from "./frame-log.js";

/**
 * A ring of packet slots with a log of the frames in it. Packets are named by an index that only grows; index i lives
 * in slot i mod slotCount, so the ring holds the newest `slotCount` packets and an older index is "too late".
 */
export class PacketRing {
  readonly slots: SlotRing;
  readonly frames: FrameLog;
  #nextIndex = 0;

  constructor(slots: SlotRing) {
    this.slots = slots;
    // No frame has less than one packet, so this log never forgets a frame whose packets the ring still holds.
    this.frames = new FrameLog(slots.slotCount);
  }

  /** The index that the next packet will get. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** The oldest index whose packet is still in its slot. */
  get oldestIndex(): number {
    return Math.max(0, this.#nextIndex - this.slots.slotCount);
  }

  /** Whether the packet with this index is (still) there. */
  holds(index: number): boolean {
    return index >= this.oldestIndex && index < this.#nextIndex;
  }

  /** Takes `packetCount` packets, already written from `nextIndex` on, as one frame, and answers its number. */
  commit(packetCount: number, timeUs: MediaMicros, isKey: boolean): number {
    const frame = this.frames.push(this.#nextIndex, packetCount, timeUs, isKey);
    this.#nextIndex += packetCount;
    return frame;
  }

  /** The newest key frame whose packets are all still there, or -1. */
  get latestKeyFrame(): number {
    const frame = this.frames.latestKey;
    return frame >= 0 && this.frames.firstIndex(frame) >= this.oldestIndex ? frame : -1;
  }
}
