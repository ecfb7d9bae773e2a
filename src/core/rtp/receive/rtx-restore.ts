// A retransmission made into the packet that was lost, where it lies (RFC 4588 4): the first two bytes of its payload are the
// lost packet's sequence number, all else but payload type, number and SSRC is as it was.
//
//   | header | OSN | payload |   →   |..| header | payload |
import type { SlotRing } from "../../kernel/slot-ring.js";

const OSN_BYTES = 2;

/** The sequence number of the packet that was lost; -1 when the payload is too short for one (a sender's probe). */
export function rtxSequenceNumber(slots: SlotRing, index: number): number {
  return slots.payloadLength(index) < OSN_BYTES ? -1 : slots.memory.view.getUint16(slots.payloadAddress(index));
}

/** Restores the packet of a parsed slot; `rtxSequenceNumber` answered for it. */
export function restoreRtx(slots: SlotRing, index: number, ssrc: number, payloadType: number): void {
  const { bytes, view } = slots.memory;
  const payload = slots.payloadAddress(index);
  const sequenceNumber = view.getUint16(payload);
  const header = payload - slots.headerLength(index);
  bytes.copyWithin(header + OSN_BYTES, header, payload);
  const restored = header + OSN_BYTES;
  bytes[restored + 1] = (bytes[restored + 1] & 0x80) | payloadType;
  view.setUint16(restored + 2, sequenceNumber);
  view.setUint32(restored + 8, ssrc);
  slots.movePayloadStart(index, OSN_BYTES);
}
