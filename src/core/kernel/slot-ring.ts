// A ring of packet slots: geometry, descriptors, and nothing else. Packet index i is a count that never wraps; it lives
// in slot i mod slotCount until packet i + slotCount takes its place. What is still in the ring is for its writer to know.
//
//   slot 2048 B:  | headroom 128 B: … header | payload … |     the header ends where the payload starts
//   descriptor:   u32 × 4 little-endian { payload address, payload bytes, header bytes, flags }
import { FloeError } from "../error/floe-error.js";
import type { Arena } from "./arena.js";
import type { KernelMemory } from "./kernel-memory.js";

/** Size of one slot. */
export const SLOT_BYTES = 2048;
/** Room for headers in front of a payload. */
export const SLOT_HEADROOM_BYTES = 128;
/** The largest payload of a packet. */
export const SLOT_PAYLOAD_BYTES: number = SLOT_BYTES - SLOT_HEADROOM_BYTES;
/** Size of one descriptor. */
export const DESCRIPTOR_BYTES = 16;

/** Bits of a descriptor's flags. */
export const SlotFlags = {
  /** The last packet of its access unit: the RTP marker. */
  marker: 1,
  /** The access unit holds an IDR picture. */
  key: 2,
  /** The first packet of its access unit. */
  first: 4,
} as const;

/** A ring's name in the arena's map, and its size. */
export interface SlotRingOptions {
  readonly name: string;
  /** A power of two, 2 to 65536. Costs 2064 bytes each. */
  readonly slotCount: number;
}

/** Packet slots in an arena. Owns its two regions; readers share them. Calls allocate only where they return a view. */
export class SlotRing {
  readonly name: string;
  readonly slotCount: number;
  readonly memory: KernelMemory;
  /** Address of slot 0. */
  readonly slotsAddress: number;
  /** Address of descriptor 0. */
  readonly descriptorsAddress: number;
  readonly #mask: number;
  readonly #view: DataView;

  /** Throws `kernel/slot-count`, or `kernel/arena-full`. */
  constructor(arena: Arena, { name, slotCount }: SlotRingOptions) {
    if (
      !(Number.isInteger(slotCount) && slotCount >= 2 && slotCount <= 65_536) ||
      (slotCount & (slotCount - 1)) !== 0
    ) {
      throw new FloeError("kernel/slot-count", `a ring cannot have ${slotCount} slots`, {
        fix: "Use a power of two from 2 to 65536.",
      });
    }
    this.name = name;
    this.slotCount = slotCount;
    this.memory = arena.memory;
    this.slotsAddress = arena.reserve(`${name} slots`, slotCount * SLOT_BYTES, 64).address;
    this.descriptorsAddress = arena.reserve(`${name} descriptors`, slotCount * DESCRIPTOR_BYTES).address;
    this.#mask = slotCount - 1;
    this.#view = arena.memory.view;
    for (let slot = 0; slot < slotCount; slot++) {
      this.setDescriptor(slot, 0, 0);
    }
  }

  /** The slot of packet `index`: 0 to slotCount - 1. */
  slotOf(index: number): number {
    return index & this.#mask;
  }

  /** First byte of the packet's slot. */
  slotAddress(index: number): number {
    return this.slotsAddress + (index & this.#mask) * SLOT_BYTES;
  }

  /** The payload's first byte: the slot's, behind the headroom. */
  payloadAddress(index: number): number {
    return this.#view.getUint32(this.#descriptor(index), true);
  }

  /** Bytes of the payload, without headers. */
  payloadLength(index: number): number {
    return this.#view.getUint32(this.#descriptor(index) + 4, true);
  }

  /** Bytes of the header right before the payload; 0 until one was stamped. */
  headerLength(index: number): number {
    return this.#view.getUint32(this.#descriptor(index) + 8, true);
  }

  /** See {@link SlotFlags}. */
  flags(index: number): number {
    return this.#view.getUint32(this.#descriptor(index) + 12, true);
  }

  /**
   * Describes the packet: `payloadLength` bytes where {@link SlotRing.payloadAddress} says, no header yet. Throws
   * `kernel/slot-range` for more than 1920 bytes.
   */
  setDescriptor(index: number, payloadLength: number, flags: number): void {
    if (!(payloadLength >= 0 && payloadLength <= SLOT_PAYLOAD_BYTES)) {
      throw new FloeError("kernel/slot-range", `a payload of ${payloadLength} bytes does not fit a slot`);
    }
    const descriptor = this.#descriptor(index);
    this.#view.setUint32(descriptor, this.slotAddress(index) + SLOT_HEADROOM_BYTES, true);
    this.#view.setUint32(descriptor + 4, payloadLength, true);
    this.#view.setUint32(descriptor + 8, 0, true);
    this.#view.setUint32(descriptor + 12, flags, true);
  }

  /** Copies one payload of at most 1920 bytes into its slot, no header yet. Throws `kernel/slot-range`. */
  writePayload(index: number, payload: Uint8Array, flags: number): void {
    this.setDescriptor(index, payload.length, flags);
    this.memory.bytes.set(payload, this.slotAddress(index) + SLOT_HEADROOM_BYTES);
  }

  /**
   * Lets the payload begin `byteCount` later (or, when negative, earlier) and end where it did. The header's length stays: its bytes
   * are the caller's to move. Throws `kernel/slot-range` when it would begin outside of the slot or behind its end.
   */
  movePayloadStart(index: number, byteCount: number): void {
    const descriptor = this.#descriptor(index);
    const address = this.#view.getUint32(descriptor, true) + byteCount;
    const length = this.#view.getUint32(descriptor + 4, true) - byteCount;
    if (length < 0 || address < this.slotAddress(index)) {
      throw new FloeError("kernel/slot-range", `a payload cannot begin ${byteCount} bytes further on`);
    }
    this.#view.setUint32(descriptor, address, true);
    this.#view.setUint32(descriptor + 4, length, true);
  }

  /** A new view of the payload: valid until the slot is taken again. */
  payload(index: number): Uint8Array {
    return this.#viewOf(this.payloadAddress(index), this.payloadLength(index));
  }

  /** A new view of header and payload as they go on the wire: valid until the slot is stamped or taken again. */
  packet(index: number): Uint8Array {
    const descriptor = this.#descriptor(index);
    const address = this.#view.getUint32(descriptor, true);
    const headerLength = this.#view.getUint32(descriptor + 8, true);
    return this.#viewOf(address - headerLength, headerLength + this.#view.getUint32(descriptor + 4, true));
  }

  /** Half the time of `subarray`, which asks the array what to construct. */
  #viewOf(address: number, lengthBytes: number): Uint8Array {
    return new Uint8Array(this.#view.buffer, address, lengthBytes);
  }

  #descriptor(index: number): number {
    return this.descriptorsAddress + (index & this.#mask) * DESCRIPTOR_BYTES;
  }
}
