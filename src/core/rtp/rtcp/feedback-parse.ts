// Feedback messages read: generic NACK (RFC 4585 6.2.1), PLI (6.3.1), FIR (RFC 5104 4.3.1), REMB.
import { WireError } from "../../error/floe-error.js";
import { RTCP_TYPE, type RtcpMessage } from "./rtcp-message.js";

const REMB_IDENTIFIER = 0x52454d42; // "REMB"

/** A transport (205) or payload-specific (206) feedback message from its header on; `format` is its FMT. */
export function parseFeedback(view: DataView, format: number, type: number): RtcpMessage {
  if (view.byteLength < 12) {
    throw new WireError("rtcp/feedback", `feedback needs 12 bytes, got ${view.byteLength}`);
  }
  const senderSsrc = view.getUint32(4);
  const mediaSsrc = view.getUint32(8);
  if (type === RTCP_TYPE.transportFeedback) {
    return format === 1
      ? { kind: "nack", senderSsrc, mediaSsrc, lost: parseNack(view) }
      : { kind: "other", type, count: format };
  }
  switch (format) {
    case 1:
      return { kind: "picture-loss", senderSsrc, mediaSsrc };
    case 4:
      return { kind: "full-intra-request", senderSsrc, entries: parseFir(view) };
    case 15:
      return parseApplicationFeedback(view, senderSsrc);
    default:
      return { kind: "other", type, count: format };
  }
}

function parseNack(view: DataView): number[] {
  if (view.byteLength < 16 || view.byteLength % 4 !== 0) {
    throw new WireError("rtcp/nack", "a NACK names at least one packet");
  }
  const lost: number[] = [];
  for (let at = 12; at < view.byteLength; at += 4) {
    const first = view.getUint16(at);
    lost.push(first);
    for (let mask = view.getUint16(at + 2), i = 1; mask !== 0; mask >>= 1, i++) {
      if ((mask & 1) !== 0) {
        lost.push((first + i) & 0xffff);
      }
    }
  }
  return lost;
}

function parseFir(view: DataView): { ssrc: number; sequence: number }[] {
  if (view.byteLength < 20 || (view.byteLength - 12) % 8 !== 0) {
    throw new WireError("rtcp/fir", "a FIR names at least one source");
  }
  const entries: { ssrc: number; sequence: number }[] = [];
  for (let at = 12; at < view.byteLength; at += 8) {
    entries.push({ ssrc: view.getUint32(at), sequence: view.getUint8(at + 4) });
  }
  return entries;
}

function parseApplicationFeedback(view: DataView, senderSsrc: number): RtcpMessage {
  if (view.byteLength < 20 || view.getUint32(12) !== REMB_IDENTIFIER) {
    return { kind: "other", type: RTCP_TYPE.payloadFeedback, count: 15 };
  }
  const count = view.getUint8(16);
  if (20 + 4 * count > view.byteLength) {
    throw new WireError("rtcp/remb", `${count} sources do not fit into a REMB of ${view.byteLength} bytes`);
  }
  const exponent = view.getUint8(17) >> 2;
  const mantissa = ((view.getUint8(17) & 3) << 16) | view.getUint16(18);
  return {
    kind: "receiver-estimate",
    senderSsrc,
    bitrateBps: mantissa * 2 ** exponent,
    ssrcs: Array.from({ length: count }, (_, i) => view.getUint32(20 + 4 * i)),
  };
}
