// Sender and receiver reports read (RFC 3550 6.4).
import { WireError } from "../../error/floe-error.js";
import type { ReportBlock, RtcpMessage } from "./rtcp-message.js";

const BLOCK_BYTES = 24;

/** A sender report from its header on. */
export function parseSenderReport(view: DataView, count: number): RtcpMessage {
  if (view.byteLength < 28) {
    throw new WireError("rtcp/sr", `a sender report needs 28 bytes, got ${view.byteLength}`);
  }
  return {
    kind: "sender-report",
    ssrc: view.getUint32(4),
    ntp: { seconds: view.getUint32(8), fraction: view.getUint32(12) },
    rtpTimestamp: view.getUint32(16),
    packetCount: view.getUint32(20),
    octetCount: view.getUint32(24),
    reports: parseBlocks(view, 28, count),
  };
}

/** A receiver report from its header on. */
export function parseReceiverReport(view: DataView, count: number): RtcpMessage {
  if (view.byteLength < 8) {
    throw new WireError("rtcp/rr", `a receiver report needs 8 bytes, got ${view.byteLength}`);
  }
  return { kind: "receiver-report", ssrc: view.getUint32(4), reports: parseBlocks(view, 8, count) };
}

function parseBlocks(view: DataView, start: number, count: number): ReportBlock[] {
  if (start + BLOCK_BYTES * count > view.byteLength) {
    throw new WireError("rtcp/report-block", `${count} report blocks do not fit into the packet`);
  }
  return Array.from({ length: count }, (_, i) => {
    const at = start + BLOCK_BYTES * i;
    return {
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4),
      cumulativeLost: (view.getUint32(at + 4) << 8) >> 8,
      highestSequenceNumber: view.getUint32(at + 8),
      interarrivalJitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20),
    };
  });
}
