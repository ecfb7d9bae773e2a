// Where received datagrams lie: each in the next slot of a ring, until so many came behind it.
import { SLOT_PAYLOAD_BYTES, type SlotRing } from "../../kernel/slot-ring.js";

/** The newest `slots.slotCount` datagrams of a transport. */
export class DatagramRing {
  readonly slots: SlotRing;
  #nextIndex = 0;

  constructor(slots: SlotRing) {
    this.slots = slots;
  }

  /** The index that the next datagram will get. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Whether the datagram with this index is still there. */
  holds(index: number): boolean {
    return index < this.#nextIndex && index >= this.#nextIndex - this.slots.slotCount;
  }

  /** Copies a datagram into the next slot. False when it is larger than 1920 bytes. */
  take(datagram: Uint8Array): boolean {
    if (datagram.length > SLOT_PAYLOAD_BYTES) {
      return false;
    }
    this.slots.writePayload(this.#nextIndex, datagram, 0);
    this.#nextIndex++;
    return true;
  }
}
