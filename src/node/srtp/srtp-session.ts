// SRTP and SRTCP between two peers (RFC 3711): plain packets in, protected ones out, and back. One transport has one.
//
//   RTP          | header | payload, enciphered | tag |
//   RTCP, GCM    | 8 bytes | enciphered | tag | E, index |
//   RTCP, HMAC   | 8 bytes | enciphered | E, index | tag |
import { isRtcp, RTP_HEADER_BYTES } from "../../core/rtp/rtp-packet.js";
import { type PacketCipher, packetCipher } from "./packet-cipher.js";
import { ReplayWindow } from "./replay-window.js";
import { deriveSrtpKeys } from "./srtp-keys.js";
import { AEAD_AES_128_GCM, type SrtpMaster, type SrtpProfile } from "./srtp-profile.js";

/** Sources of one direction, RTP and RTCP apart: packets of further ones are dropped. */
export const MAX_SRTP_SOURCES = 1024;

const RTCP_CLEAR_BYTES = 8;
const TRAILER_BYTES = 4;
const ENCRYPTED = 0x8000_0000;
const NO_TRAILER = new Uint8Array();

type Streams = Map<number, ReplayWindow>;

/** Packets that were dropped, by what was wrong with them. */
export type SrtpCounters = {
  /** Shorter than its own header says, or than what protection adds. */
  malformed: number;
  /** The tag is not right: altered, or made with another key. */
  unauthentic: number;
  /** Came already, or so late that nobody knows. */
  replayed: number;
  /** Of a source too many. */
  overflow: number;
};

/** Both directions. Never throws on a packet. */
export class SrtpSession {
  readonly counters: SrtpCounters = { malformed: 0, unauthentic: 0, replayed: 0, overflow: 0 };
  readonly #tagBytes: number;
  /** GCM's tag stands before RTCP's trailer, the HMAC behind it. */
  readonly #isTagFirst: boolean;
  readonly #sealRtp: PacketCipher;
  readonly #sealRtcp: PacketCipher;
  readonly #openRtp: PacketCipher;
  readonly #openRtcp: PacketCipher;
  readonly #sent: Streams = new Map();
  readonly #received: Streams = new Map();
  readonly #receivedRtcp: Streams = new Map();
  #sentRtcp = 0;

  /** `local` protects what is sent, `remote` what is received. */
  constructor(profile: SrtpProfile, { local, remote }: { readonly local: SrtpMaster; readonly remote: SrtpMaster }) {
    const [ours, theirs] = [deriveSrtpKeys(profile, local), deriveSrtpKeys(profile, remote)];
    this.#tagBytes = profile.tagBytes;
    this.#isTagFirst = profile === AEAD_AES_128_GCM;
    this.#sealRtp = packetCipher(profile, ours.rtp);
    this.#sealRtcp = packetCipher(profile, ours.rtcp);
    this.#openRtp = packetCipher(profile, theirs.rtp);
    this.#openRtcp = packetCipher(profile, theirs.rtcp);
  }

  /** A protected copy of an RTP or RTCP packet, which may lie in shared memory; undefined when it is dropped. */
  protect(packet: Uint8Array): Buffer | undefined {
    return isRtcp(packet) ? this.#protectRtcp(packet) : this.#protectRtp(packet);
  }

  /** The plain packet, a view of `packet`, which is overwritten; undefined when it is dropped. */
  unprotect(packet: Buffer): Buffer | undefined {
    return isRtcp(packet) ? this.#unprotectRtcp(packet) : this.#unprotectRtp(packet);
  }

  #protectRtp(packet: Uint8Array): Buffer | undefined {
    const clearBytes = rtpHeaderBytes(packet, packet.length);
    if (clearBytes === undefined) {
      return this.#drop("malformed");
    }
    const sealed = Buffer.allocUnsafe(packet.length + this.#tagBytes);
    sealed.set(packet);
    const ssrc = sealed.readUInt32BE(8);
    const stream = this.#sent.get(ssrc) ?? new ReplayWindow();
    const index = stream.indexOf(sealed.readUInt16BE(2));
    if (index < 0) {
      return this.#drop("replayed");
    }
    // The same packet may be sent again: the same key stream goes over the same bytes.
    if (!this.#note(this.#sent, ssrc, stream, index)) {
      return undefined;
    }
    const tag = this.#sealRtp.seal(sealed.subarray(0, packet.length), { ssrc, index, clearBytes }, NO_TRAILER);
    sealed.set(tag, packet.length);
    return sealed;
  }

  #unprotectRtp(packet: Buffer): Buffer | undefined {
    const end = packet.length - this.#tagBytes;
    const clearBytes = rtpHeaderBytes(packet, end);
    if (clearBytes === undefined) {
      return this.#drop("malformed");
    }
    const ssrc = packet.readUInt32BE(8);
    const stream = this.#received.get(ssrc) ?? new ReplayWindow();
    const index = stream.indexOf(packet.readUInt16BE(2));
    if (index < 0 || !stream.isNew(index)) {
      return this.#drop("replayed");
    }
    const plain = packet.subarray(0, end);
    if (!this.#openRtp.open(plain, packet.subarray(end), { ssrc, index, clearBytes }, NO_TRAILER)) {
      return this.#drop("unauthentic");
    }
    return this.#note(this.#received, ssrc, stream, index) ? plain : undefined;
  }

  #protectRtcp(packet: Uint8Array): Buffer | undefined {
    const { length } = packet;
    if (length < RTCP_CLEAR_BYTES) {
      return this.#drop("malformed");
    }
    this.#sentRtcp = (this.#sentRtcp + 1) % ENCRYPTED;
    const sealed = Buffer.allocUnsafe(length + this.#tagBytes + TRAILER_BYTES);
    sealed.set(packet);
    const [tagAt, trailerAt] = this.#rtcpTail(length);
    sealed.writeUInt32BE(ENCRYPTED + this.#sentRtcp, trailerAt);
    const place = { ssrc: sealed.readUInt32BE(4), index: this.#sentRtcp, clearBytes: RTCP_CLEAR_BYTES };
    const trailer = sealed.subarray(trailerAt, trailerAt + TRAILER_BYTES);
    sealed.set(this.#sealRtcp.seal(sealed.subarray(0, length), place, trailer), tagAt);
    return sealed;
  }

  #unprotectRtcp(packet: Buffer): Buffer | undefined {
    const end = packet.length - this.#tagBytes - TRAILER_BYTES;
    const [tagAt, trailerAt] = this.#rtcpTail(end);
    // Nobody who agreed on a profile sends RTCP in the clear (RFC 5764 4.1.2).
    if (end < RTCP_CLEAR_BYTES || packet[trailerAt] < 0x80) {
      return this.#drop("malformed");
    }
    const trailer = packet.subarray(trailerAt, trailerAt + TRAILER_BYTES);
    const index = trailer.readUInt32BE() % ENCRYPTED;
    const ssrc = packet.readUInt32BE(4);
    const stream = this.#receivedRtcp.get(ssrc) ?? new ReplayWindow();
    if (!stream.isNew(index)) {
      return this.#drop("replayed");
    }
    const plain = packet.subarray(0, end);
    const tag = packet.subarray(tagAt, tagAt + this.#tagBytes);
    if (!this.#openRtcp.open(plain, tag, { ssrc, index, clearBytes: RTCP_CLEAR_BYTES }, trailer)) {
      return this.#drop("unauthentic");
    }
    return this.#note(this.#receivedRtcp, ssrc, stream, index) ? plain : undefined;
  }

  /** Where RTCP's tag and trailer stand behind a packet of `length` bytes. */
  #rtcpTail(length: number): readonly [tagAt: number, trailerAt: number] {
    return this.#isTagFirst ? [length, length + this.#tagBytes] : [length + TRAILER_BYTES, length];
  }

  /** Remembers an index; false when its source is one too many. */
  #note(streams: Streams, ssrc: number, stream: ReplayWindow, index: number): boolean {
    if (!streams.has(ssrc)) {
      if (streams.size >= MAX_SRTP_SOURCES) {
        this.counters.overflow++;
        return false;
      }
      streams.set(ssrc, stream);
    }
    stream.note(index);
    return true;
  }

  #drop(why: keyof SrtpCounters): undefined {
    this.counters[why]++;
    return undefined;
  }
}

/** Bytes of an RTP packet's header with CSRCs and extension (RFC 3550 5.1); undefined when they do not end before `end`. */
function rtpHeaderBytes(packet: Uint8Array, end: number): number | undefined {
  if (end < RTP_HEADER_BYTES || packet[0] >> 6 !== 2) {
    return undefined;
  }
  let length = RTP_HEADER_BYTES + 4 * (packet[0] & 0xf);
  if ((packet[0] & 0x10) !== 0) {
    length += 4 + 4 * ((packet[length + 2] << 8) | packet[length + 3]);
  }
  return length <= end ? length : undefined;
}
