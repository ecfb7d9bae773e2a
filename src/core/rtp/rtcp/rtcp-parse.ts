// Compound RTCP packets (RFC 3550 6.1; reduced-size by RFC 5506), read whole or refused whole.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|  count  |      type     |        length in words - 1    |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { WireError } from "../../error/floe-error.js";
import { parseFeedback } from "./feedback-parse.js";
import { parseReceiverReport, parseSenderReport } from "./report-parse.js";
import { RTCP_TYPE, type RtcpMessage } from "./rtcp-message.js";

/** Every message of a compound packet, copied out of `bytes`. Throws WireError `rtcp/…` and nothing else. */
export function parseRtcp(bytes: Uint8Array): RtcpMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: RtcpMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) {
      throw new WireError("rtcp/short", `an RTCP header needs 4 bytes, ${bytes.length - at} are left`);
    }
    if (bytes[at] >> 6 !== 2) {
      throw new WireError("rtcp/version", `RTCP version is 2, got ${bytes[at] >> 6}`);
    }
    const end = at + 4 + 4 * view.getUint16(at + 2);
    if (end > bytes.length) {
      throw new WireError("rtcp/length", "an RTCP packet claims more bytes than there are");
    }
    let bodyEnd = end;
    if ((bytes[at] & 0x20) !== 0) {
      const padding = bytes[end - 1];
      if (padding === 0 || padding % 4 !== 0 || padding > end - at - 4) {
        throw new WireError("rtcp/padding", `padding of ${padding} bytes does not fit`);
      }
      bodyEnd -= padding;
    }
    messages.push(
      parseOne(new DataView(view.buffer, view.byteOffset + at, bodyEnd - at), bytes[at] & 0x1f, bytes[at + 1]),
    );
    at = end;
  }
  if (messages.length === 0) {
    throw new WireError("rtcp/short", "an RTCP packet has at least 4 bytes, got 0");
  }
  return messages;
}

function parseOne(view: DataView, count: number, type: number): RtcpMessage {
  switch (type) {
    case RTCP_TYPE.senderReport:
      return parseSenderReport(view, count);
    case RTCP_TYPE.receiverReport:
      return parseReceiverReport(view, count);
    case RTCP_TYPE.sourceDescription:
      return parseSourceDescription(view, count);
    case RTCP_TYPE.goodbye:
      return parseGoodbye(view, count);
    case RTCP_TYPE.transportFeedback:
    case RTCP_TYPE.payloadFeedback:
      return parseFeedback(view, count, type);
    default:
      return { kind: "other", type, count };
  }
}

/** RFC 3550 6.5: chunks of items, each chunk ended by a zero byte and padded to a word. */
function parseSourceDescription(view: DataView, count: number): RtcpMessage {
  const chunks: { ssrc: number; cname: string }[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (at + 4 > view.byteLength) {
      throw new WireError("rtcp/sdes", "an SDES chunk runs past the packet");
    }
    const ssrc = view.getUint32(at);
    let cname = "";
    at += 4;
    while (at < view.byteLength && view.getUint8(at) !== 0) {
      if (at + 2 > view.byteLength || at + 2 + view.getUint8(at + 1) > view.byteLength) {
        throw new WireError("rtcp/sdes", "an SDES item runs past the packet");
      }
      const length = view.getUint8(at + 1);
      if (view.getUint8(at) === 1) {
        cname = text(view, at + 2, length);
      }
      at += 2 + length;
    }
    at = (at + 4) & ~3;
    chunks.push({ ssrc, cname });
  }
  return { kind: "source-description", chunks };
}

/** RFC 3550 6.6. */
function parseGoodbye(view: DataView, count: number): RtcpMessage {
  const reasonAt = 4 + 4 * count;
  if (reasonAt > view.byteLength) {
    throw new WireError("rtcp/bye", "the sources of a BYE run past the packet");
  }
  if (reasonAt < view.byteLength && reasonAt + 1 + view.getUint8(reasonAt) > view.byteLength) {
    throw new WireError("rtcp/bye", "the reason of a BYE runs past the packet");
  }
  return { kind: "goodbye", ssrcs: Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i)) };
}

function text(view: DataView, at: number, length: number): string {
  // A copy, because a decoder refuses views of shared memory.
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length).slice());
}
