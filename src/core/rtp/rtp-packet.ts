// RTP packets read in place (RFC 3550 5.1) with their header extensions (RFC 8285).
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                           timestamp                           |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                             SSRC                              |
// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
// |                        CSRC (0 to 15)                         |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
import { WireError } from "../error/floe-error.js";
import type { RtpTicks } from "../time/units.js";

/** Bytes of an RTP header without CSRCs and extensions. */
export const RTP_HEADER_BYTES = 12;

const ONE_BYTE_PROFILE = 0xbede;
const TWO_BYTE_PROFILE = 0x1000;

/** True for RTCP among RTP and RTCP on one port (RFC 5761 4: the second byte is 192..223). */
export function isRtcp(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

/** One RTP packet, a view over the caller's bytes: valid for as long as they are. */
export class RtpPacket {
  /** The whole packet. */
  readonly bytes: Uint8Array;
  /** Where the payload begins in `bytes`. */
  readonly headerLengthBytes: number;
  /** Padding at the end, its count byte included (RFC 3550 5.1). */
  readonly paddingLengthBytes: number;

  private constructor(bytes: Uint8Array, headerLengthBytes: number, paddingLengthBytes: number) {
    this.bytes = bytes;
    this.headerLengthBytes = headerLengthBytes;
    this.paddingLengthBytes = paddingLengthBytes;
  }

  /** Checks every length and gives a view. RTCP is not refused: ask `isRtcp` first. Throws WireError `rtp/…` and nothing else. */
  static parse(bytes: Uint8Array): RtpPacket {
    if (bytes.length < RTP_HEADER_BYTES) {
      throw new WireError("rtp/short", `an RTP header needs ${RTP_HEADER_BYTES} bytes, got ${bytes.length}`);
    }
    if (bytes[0] >> 6 !== 2) {
      throw new WireError("rtp/version", `RTP version is 2, got ${bytes[0] >> 6}`);
    }
    let offset = RTP_HEADER_BYTES + 4 * (bytes[0] & 0x0f);
    if (offset > bytes.length) {
      throw new WireError("rtp/csrc", "the CSRC list runs past the packet");
    }
    if ((bytes[0] & 0x10) !== 0) {
      if (offset + 4 > bytes.length) {
        throw new WireError("rtp/extension", "the extension header runs past the packet");
      }
      offset += 4 + 4 * readU16(bytes, offset + 2);
      if (offset > bytes.length) {
        throw new WireError("rtp/extension", "the header extension runs past the packet");
      }
    }
    let padding = 0;
    if ((bytes[0] & 0x20) !== 0) {
      padding = offset < bytes.length ? bytes[bytes.length - 1] : 0;
      if (padding === 0 || offset + padding > bytes.length) {
        throw new WireError("rtp/padding", "the padding count is 0 or longer than the payload");
      }
    }
    return new RtpPacket(bytes, offset, padding);
  }

  /** True on the last packet of a video frame, or the first of a talk spurt. */
  get marker(): boolean {
    return (this.bytes[1] & 0x80) !== 0;
  }

  /** 0..127. */
  get payloadType(): number {
    return this.bytes[1] & 0x7f;
  }

  /** 0..65535, wraps. */
  get sequenceNumber(): number {
    return readU16(this.bytes, 2);
  }

  /** In units of the payload's clock, modulo 2^32. */
  get timestamp(): RtpTicks {
    return readU32(this.bytes, 4);
  }

  /** Who sent it. */
  get ssrc(): number {
    return readU32(this.bytes, 8);
  }

  /** Contributing sources, 0..15 of them. */
  get csrcs(): number[] {
    return Array.from({ length: this.bytes[0] & 0x0f }, (_, i) => readU32(this.bytes, RTP_HEADER_BYTES + 4 * i));
  }

  /** The payload without padding: a view, valid while the packet's bytes are. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.headerLengthBytes, this.bytes.length - this.paddingLengthBytes);
  }

  /** The value of header extension `id` (RFC 8285), a view; undefined when it is not there. */
  extension(id: number): Uint8Array | undefined {
    let found: Uint8Array | undefined;
    this.forEachExtension((candidate, value) => {
      if (candidate === id && found === undefined) {
        found = value;
      }
    });
    return found;
  }

  /** Visits every header extension element in order. A broken element ends the walk; nothing throws. */
  forEachExtension(visit: (id: number, value: Uint8Array) => void): void {
    if ((this.bytes[0] & 0x10) === 0) {
      return;
    }
    const start = RTP_HEADER_BYTES + 4 * (this.bytes[0] & 0x0f);
    const profile = readU16(this.bytes, start);
    if (profile === ONE_BYTE_PROFILE) {
      walkOneByte(this.bytes, start + 4, this.headerLengthBytes, visit);
    } else if ((profile & 0xfff0) === TWO_BYTE_PROFILE) {
      walkTwoByte(this.bytes, start + 4, this.headerLengthBytes, visit);
    }
  }
}

function walkOneByte(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (id: number, value: Uint8Array) => void,
): void {
  for (let at = start; at < end; ) {
    const id = bytes[at] >> 4;
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    if (id === 15 || id === 0) {
      return; // RFC 8285 4.2: stop, whatever follows. Id 0 with a length says so too.
    }
    const length = (bytes[at] & 0x0f) + 1;
    if (at + 1 + length > end) {
      return;
    }
    visit(id, bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
}

function walkTwoByte(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (id: number, value: Uint8Array) => void,
): void {
  for (let at = start; at < end; ) {
    const id = bytes[at];
    if (id === 0) {
      at++;
      continue;
    }
    if (at + 2 > end || at + 2 + bytes[at + 1] > end) {
      return;
    }
    visit(id, bytes.subarray(at + 2, at + 2 + bytes[at + 1]));
    at += 2 + bytes[at + 1];
  }
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
