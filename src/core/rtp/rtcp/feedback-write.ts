// Feedback that Floe sends, written into a caller's buffer: generic NACK (RFC 4585 6.2.1), PLI (6.3.1), FIR (RFC 5104 4.3.1),
// REMB (draft-alvestrand-rmcat-remb 2.2).
import { RTCP_TYPE } from "./rtcp-message.js";
import { writeHeader } from "./rtcp-write.js";

/** Bytes of a PLI. */
export const PICTURE_LOSS_BYTES = 12;
/** Bytes of a FIR for one source. */
export const FULL_INTRA_REQUEST_BYTES = 20;
/** Bytes of a REMB for one source. */
export const RECEIVER_ESTIMATE_BYTES = 24;
/** Bytes of a NACK that names packets in `entryCount` entries. */
export function nackBytes(entryCount: number): number {
  return 12 + 4 * entryCount;
}

/**
 * Writes a NACK for the sequence numbers `lost[0..count-1]`, in ascending order on the circle, at `at`; answers where it ends. An
 * entry names a packet and up to 16 behind it, so it needs at most `nackBytes(count)` bytes.
 */
export function writeNack(
  bytes: Uint8Array,
  at: number,
  senderSsrc: number,
  mediaSsrc: number,
  lost: ArrayLike<number>,
  count: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = at + 12;
  for (let i = 0; i < count; ) {
    const first = lost[i] & 0xffff;
    let mask = 0;
    let step = 0;
    for (i++; i < count; i++) {
      step = (lost[i] - first) & 0xffff;
      if (step < 1 || step > 16) {
        break;
      }
      mask |= 1 << (step - 1);
    }
    view.setUint16(end, first);
    view.setUint16(end + 2, mask);
    end += 4;
  }
  writeHeader(view, at, 1, RTCP_TYPE.transportFeedback, end - at);
  view.setUint32(at + 4, senderSsrc);
  view.setUint32(at + 8, mediaSsrc);
  return end;
}

/** Writes a PLI at `at` and answers where it ends. */
export function writePictureLoss(bytes: Uint8Array, at: number, senderSsrc: number, mediaSsrc: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, at, 1, RTCP_TYPE.payloadFeedback, PICTURE_LOSS_BYTES);
  view.setUint32(at + 4, senderSsrc);
  view.setUint32(at + 8, mediaSsrc);
  return at + PICTURE_LOSS_BYTES;
}

/** Writes a FIR for one source at `at` and answers where it ends. `sequence` (0..255) is the same for a repeated wish. */
export function writeFullIntraRequest(
  bytes: Uint8Array,
  at: number,
  senderSsrc: number,
  mediaSsrc: number,
  sequence: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, at, 4, RTCP_TYPE.payloadFeedback, FULL_INTRA_REQUEST_BYTES);
  view.setUint32(at + 4, senderSsrc);
  view.setUint32(at + 8, 0);
  view.setUint32(at + 12, mediaSsrc);
  view.setUint32(at + 16, (sequence & 0xff) << 24);
  return at + FULL_INTRA_REQUEST_BYTES;
}

/** Writes a REMB for one source at `at` and answers where it ends. The rate is cut to 18 significant bits. */
export function writeReceiverEstimate(
  bytes: Uint8Array,
  at: number,
  senderSsrc: number,
  mediaSsrc: number,
  bitrateBps: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, at, 15, RTCP_TYPE.payloadFeedback, RECEIVER_ESTIMATE_BYTES);
  view.setUint32(at + 4, senderSsrc);
  view.setUint32(at + 8, 0);
  view.setUint32(at + 12, 0x52454d42); // "REMB"
  let mantissa = Math.floor(bitrateBps);
  let exponent = 0;
  while (mantissa > 0x3ffff) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  view.setUint32(at + 16, ((1 << 24) | (exponent << 18) | mantissa) >>> 0);
  view.setUint32(at + 20, mediaSsrc);
  return at + RECEIVER_ESTIMATE_BYTES;
}
