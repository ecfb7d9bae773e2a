// Receiver reports that Floe sends, written into a caller's buffer (RFC 3550 6.4.2).
import { type ReportBlock, RTCP_TYPE } from "./rtcp-message.js";
import { writeHeader } from "./rtcp-write.js";

/** Bytes of a receiver report with one block. */
export const RECEIVER_REPORT_BYTES = 32;
/** Bytes of one without a block: from who has heard nothing yet. */
export const EMPTY_RECEIVER_REPORT_BYTES = 8;

/** Writes a receiver report of `senderSsrc` (ours), about one source or about none, at `at` and answers where it ends. */
export function writeReceiverReport(
  bytes: Uint8Array,
  at: number,
  senderSsrc: number,
  block: ReportBlock | undefined,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = block === undefined ? EMPTY_RECEIVER_REPORT_BYTES : RECEIVER_REPORT_BYTES;
  writeHeader(view, at, block === undefined ? 0 : 1, RTCP_TYPE.receiverReport, length);
  view.setUint32(at + 4, senderSsrc);
  if (block !== undefined) {
    view.setUint32(at + 8, block.ssrc);
    view.setUint32(at + 12, ((block.fractionLost & 0xff) << 24) | (block.cumulativeLost & 0xffffff));
    view.setUint32(at + 16, block.highestSequenceNumber);
    view.setUint32(at + 20, block.interarrivalJitter);
    view.setUint32(at + 24, block.lastSenderReport);
    view.setUint32(at + 28, block.delaySinceLastSenderReport);
  }
  return at + length;
}
