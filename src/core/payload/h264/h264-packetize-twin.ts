// The TypeScript twin of kernel h264-packetize (assembly/h264-packetize.ts): the same bytes in slots, descriptors and
// scratch, for reference and fallback. RFC 6184 5.6 (single NAL unit), 5.7.1 (STAP-A), 5.8 (FU-A).
import { H264_PACKETIZE_WASM } from "../../kernel/embedded/h264-packetize.js";
import type { KernelDefinition } from "../../kernel/kernel.js";
import type { KernelMemory } from "../../kernel/kernel-memory.js";
import { DESCRIPTOR_BYTES, SLOT_BYTES, SLOT_HEADROOM_BYTES, SlotFlags } from "../../kernel/slot-ring.js";
import { NAL_ENTRY_BYTES, scanAnnexb } from "./annexb-scan-twin.js";
import { isLeftOut, isParameterSet, NalType, nalType } from "./nal-unit.js";

/** The result at the head of the scratch range: u32 { isKey, nalUnitCount, payloadBytes, packetCount }. */
export const PACKETIZE_RESULT_BYTES = 16;
/** Returned instead of a packet count; nothing was written to a slot. */
export const TOO_MANY_NAL_UNITS = -1;
export const TOO_MANY_PACKETS = -2;

/** The functions of kernel h264-packetize. */
export interface H264PacketizeCalls {
  /** Returns the number of packets or one of the codes above; arguments as in assembly/h264-packetize.ts. */
  packetize(
    input: number,
    lengthBytes: number,
    scratch: number,
    maxNalUnits: number,
    slots: number,
    descriptors: number,
    slotCount: number,
    firstSlot: number,
    maxPayloadBytes: number,
  ): number;
}

/** Kernel h264-packetize. Its one face is {@link H264Packetizer}. */
export const H264_PACKETIZE: KernelDefinition<H264PacketizeCalls> = {
  name: "h264-packetize",
  embedded: H264_PACKETIZE_WASM,
  twin: (memory: KernelMemory): H264PacketizeCalls => {
    const twin = new PacketizeTwin(memory);
    return {
      packetize: (
        input,
        lengthBytes,
        scratch,
        maxNalUnits,
        slots,
        descriptors,
        slotCount,
        firstSlot,
        maxPayloadBytes,
      ) => {
        const found = twin.plan(input, lengthBytes, scratch, maxNalUnits, maxPayloadBytes);
        if (found < 0 || found > slotCount) {
          return found < 0 ? TOO_MANY_NAL_UNITS : TOO_MANY_PACKETS;
        }
        twin.write(slots, descriptors, slotCount, firstSlot);
        twin.writeResult(scratch);
        return found;
      },
    };
  },
};

/** One access unit's state between the steps; the fields are set anew by every plan. */
class PacketizeTwin {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #table = 0;
  #tableEnd = 0;
  #maxPayloadBytes = 0;
  #packetCount = 0;
  #keyFlag = 0;
  #slots = 0;
  #descriptors = 0;
  #mask = 0;
  #slot = 0;
  #written = 0;
  #payloadBytes = 0;

  constructor({ bytes, view }: KernelMemory) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Scan, leave out what is not sent, count the packets. */
  plan(input: number, lengthBytes: number, scratch: number, maxNalUnits: number, maxPayloadBytes: number): number {
    this.#table = scratch + PACKETIZE_RESULT_BYTES;
    this.#tableEnd = this.#table;
    this.#maxPayloadBytes = maxPayloadBytes;
    this.#keyFlag = 0;
    this.#packetCount = 0;
    const found = scanAnnexb(this.#bytes, this.#view, input, lengthBytes, this.#table, maxNalUnits);
    if (found < 0) {
      return found;
    }
    for (let i = 0; i < found; i++) {
      const entry = this.#table + i * NAL_ENTRY_BYTES;
      const address = this.#address(entry);
      const length = this.#length(entry);
      const type = nalType(this.#bytes[address]);
      if (isLeftOut(type)) {
        continue;
      }
      if (type === NalType.idrSlice) {
        this.#keyFlag = SlotFlags.key;
      }
      this.#view.setUint32(this.#tableEnd, address, true);
      this.#view.setUint32(this.#tableEnd + 4, length, true);
      this.#tableEnd += NAL_ENTRY_BYTES;
    }
    for (let entry = this.#table; entry < this.#tableEnd; entry = this.#aggregateEnd(entry)) {
      const length = this.#length(entry);
      this.#packetCount += length <= maxPayloadBytes ? 1 : this.#fragmentCount(length);
    }
    return this.#packetCount;
  }

  write(slots: number, descriptors: number, slotCount: number, firstSlot: number): void {
    this.#slots = slots;
    this.#descriptors = descriptors;
    this.#mask = slotCount - 1;
    this.#slot = firstSlot;
    this.#written = 0;
    this.#payloadBytes = 0;
    for (let entry = this.#table; entry < this.#tableEnd; ) {
      const next = this.#aggregateEnd(entry);
      if (next > entry + NAL_ENTRY_BYTES) {
        this.#writeAggregate(entry, next);
      } else if (this.#length(entry) <= this.#maxPayloadBytes) {
        this.#copy(this.#payload(), this.#address(entry), this.#length(entry));
        this.#finishPacket(this.#length(entry));
      } else {
        this.#writeFragments(this.#address(entry), this.#length(entry));
      }
      entry = next;
    }
  }

  writeResult(scratch: number): void {
    this.#view.setUint32(scratch, this.#keyFlag >> 1, true);
    this.#view.setUint32(scratch + 4, (this.#tableEnd - this.#table) / NAL_ENTRY_BYTES, true);
    this.#view.setUint32(scratch + 8, this.#payloadBytes, true);
    this.#view.setUint32(scratch + 12, this.#packetCount, true);
  }

  /** The entry behind the last NAL unit that shares a STAP-A with `entry`; the next one when it goes alone. */
  #aggregateEnd(entry: number): number {
    let size = 1;
    let at = entry;
    while (at < this.#tableEnd && isParameterSet(nalType(this.#bytes[this.#address(at)]))) {
      size += 2 + this.#length(at);
      if (size > this.#maxPayloadBytes) {
        break;
      }
      at += NAL_ENTRY_BYTES;
    }
    return Math.max(at, entry + NAL_ENTRY_BYTES);
  }

  #fragmentCount(length: number): number {
    return Math.ceil((length - 1) / (this.#maxPayloadBytes - 2));
  }

  /** F is the OR and NRI the maximum over the units (RFC 6184 5.7.1). */
  #writeAggregate(entry: number, end: number): void {
    const payload = this.#payload();
    let forbidden = 0;
    let importance = 0;
    let at = payload + 1;
    for (let unit = entry; unit < end; unit += NAL_ENTRY_BYTES) {
      const address = this.#address(unit);
      const length = this.#length(unit);
      forbidden |= this.#bytes[address] & 0x80;
      importance = Math.max(importance, this.#bytes[address] & 0x60);
      this.#view.setUint16(at, length);
      this.#copy(at + 2, address, length);
      at += 2 + length;
    }
    this.#bytes[payload] = forbidden | importance | NalType.stapA;
    this.#finishPacket(at - payload);
  }

  /** Even fragments: a small last packet would cost as much as a full one. */
  #writeFragments(address: number, length: number): void {
    const header = this.#bytes[address];
    const fragments = this.#fragmentCount(length);
    const share = Math.floor((length - 1) / fragments);
    const larger = (length - 1) % fragments;
    let from = address + 1;
    for (let fragment = 0; fragment < fragments; fragment++) {
      const payload = this.#payload();
      const size = share + (fragment < larger ? 1 : 0);
      const startBit = fragment === 0 ? 0x80 : 0;
      const endBit = fragment === fragments - 1 ? 0x40 : 0;
      this.#bytes[payload] = (header & 0xe0) | NalType.fuA;
      this.#bytes[payload + 1] = startBit | endBit | nalType(header);
      this.#copy(payload + 2, from, size);
      from += size;
      this.#finishPacket(size + 2);
    }
  }

  #finishPacket(lengthBytes: number): void {
    const first = this.#written === 0 ? SlotFlags.first : 0;
    this.#written++;
    const marker = this.#written === this.#packetCount ? SlotFlags.marker : 0;
    const descriptor = this.#descriptors + this.#slot * DESCRIPTOR_BYTES;
    this.#view.setUint32(descriptor, this.#payload(), true);
    this.#view.setUint32(descriptor + 4, lengthBytes, true);
    this.#view.setUint32(descriptor + 8, 0, true);
    this.#view.setUint32(descriptor + 12, this.#keyFlag | first | marker, true);
    this.#payloadBytes += lengthBytes;
    this.#slot = (this.#slot + 1) & this.#mask;
  }

  #payload(): number {
    return this.#slots + this.#slot * SLOT_BYTES + SLOT_HEADROOM_BYTES;
  }

  #copy(to: number, from: number, lengthBytes: number): void {
    this.#bytes.copyWithin(to, from, from + lengthBytes);
  }

  #address(entry: number): number {
    return this.#view.getUint32(entry, true);
  }

  #length(entry: number): number {
    return this.#view.getUint32(entry + 4, true);
  }
}
