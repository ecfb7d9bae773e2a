// A simulated sender of one media stream: numbered pictures in RTP, sender reports, answers to NACK, by RTX or as sent. Without
// any code of the sending side of the product, so that both cannot be wrong alike.
import { parseRtcp } from "../../src/core/rtp/rtcp/rtcp-parse.js";
import { writeSenderReport } from "../../src/core/rtp/rtcp/rtcp-write.js";
import { toNtp } from "../../src/core/time/ntp.js";

export type MediaSourceOptions = {
  readonly ssrc?: number;
  readonly payloadType?: number;
  readonly rtx?: { readonly ssrc: number; readonly payloadType: number } | undefined;
  readonly clockRateHz?: number;
  readonly frameUs?: number;
  /** Packets of each picture, and bytes of each payload: 8 or more. */
  readonly packetsPerFrame?: number;
  readonly payloadBytes?: number;
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
  /** The transport-wide extension (RFC 8285 one-byte form), counted up by the caller's counter. */
  readonly transport?: { readonly id: number; next: number };
};

/** Payloads begin with: picture u32, packet u16, packets of the picture u16. */
export class MediaSource {
  readonly ssrc: number;
  frames = 0;
  packets = 0;
  resent = 0;
  keyFrameRequests = 0;
  /** What receivers said last. */
  estimateBps = 0;
  fractionLost = 0;
  cumulativeLost = 0;
  readonly #options: Required<Omit<MediaSourceOptions, "rtx" | "transport" | "ssrc">> & MediaSourceOptions;
  readonly #history = new Map<number, Uint8Array>();
  #sequence: number;
  #rtxSequence = 0;
  #octets = 0;

  constructor(options: MediaSourceOptions = {}) {
    this.#options = {
      payloadType: 96,
      clockRateHz: 90_000,
      frameUs: 33_333,
      packetsPerFrame: 4,
      payloadBytes: 40,
      firstSequence: 1000,
      firstTimestamp: 5000,
      ...options,
    };
    this.ssrc = options.ssrc ?? 7;
    this.#sequence = this.#options.firstSequence;
  }

  get frameUs(): number {
    return this.#options.frameUs;
  }

  timestampAt(mediaUs: number): number {
    const { clockRateHz, firstTimestamp } = this.#options;
    return (firstTimestamp + Math.round((mediaUs * clockRateHz) / 1_000_000)) >>> 0;
  }

  /** The packets of the next picture: of these payloads, else numbered ones. */
  frame(payloads: readonly Uint8Array[] = this.#numbered()): Uint8Array[] {
    const { frameUs, payloadType } = this.#options;
    const timestamp = this.timestampAt(this.frames * frameUs);
    const packets = payloads.map((payload, i) => {
      const extension = this.#extension();
      const bytes = new Uint8Array(12 + extension.length + payload.length);
      const view = new DataView(bytes.buffer);
      bytes[0] = extension.length > 0 ? 0x90 : 0x80;
      bytes[1] = payloadType | (i === payloads.length - 1 ? 0x80 : 0);
      view.setUint16(2, this.#sequence);
      view.setUint32(4, timestamp);
      view.setUint32(8, this.ssrc);
      bytes.set(extension, 12);
      bytes.set(payload, 12 + extension.length);
      this.#history.set(this.#sequence, bytes);
      this.#history.delete((this.#sequence - 2000) & 0xffff);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.packets++;
      this.#octets += payload.length;
      return bytes;
    });
    this.frames++;
    return packets;
  }

  /** Jumps over so many sequence numbers. */
  skip(count: number): void {
    this.#sequence = (this.#sequence + count) & 0xffff;
  }

  /** A sender report that says: media time `mediaUs` was at wall time `wallUs`. */
  report(mediaUs: number, wallUs: number): Uint8Array {
    const bytes = new Uint8Array(28);
    writeSenderReport(bytes, 0, {
      ssrc: this.ssrc,
      ntp: toNtp(wallUs),
      rtpTimestamp: this.timestampAt(mediaUs),
      packetCount: this.packets,
      octetCount: this.#octets,
    });
    return bytes;
  }

  /** Reads RTCP of the receiver; answers what is sent again. */
  feedback(bytes: Uint8Array): Uint8Array[] {
    const again: Uint8Array[] = [];
    for (const message of parseRtcp(bytes)) {
      if (message.kind === "nack" && message.mediaSsrc === this.ssrc) {
        again.push(...message.lost.flatMap((sequence) => this.#again(sequence)));
      } else if (message.kind === "picture-loss" || message.kind === "full-intra-request") {
        this.keyFrameRequests++;
      } else if (message.kind === "receiver-estimate") {
        this.estimateBps = message.bitrateBps;
      } else if (message.kind === "receiver-report") {
        for (const report of message.reports.filter(({ ssrc }) => ssrc === this.ssrc)) {
          this.fractionLost = report.fractionLost / 256;
          this.cumulativeLost = report.cumulativeLost;
        }
      }
    }
    return again;
  }

  #numbered(): Uint8Array[] {
    const { packetsPerFrame, payloadBytes } = this.#options;
    return Array.from({ length: packetsPerFrame }, (_, i) => {
      const payload = new Uint8Array(payloadBytes);
      const view = new DataView(payload.buffer);
      view.setUint32(0, this.frames);
      view.setUint16(4, i);
      view.setUint16(6, packetsPerFrame);
      return payload;
    });
  }

  #again(sequence: number): Uint8Array[] {
    const bytes = this.#history.get(sequence);
    if (bytes === undefined) {
      return [];
    }
    this.resent++;
    const { rtx } = this.#options;
    return [rtx === undefined ? bytes : this.#asRtx(bytes, rtx)];
  }

  #asRtx(bytes: Uint8Array, rtx: { readonly ssrc: number; readonly payloadType: number }): Uint8Array {
    const head = (bytes[0] as number) === 0x90 ? 20 : 12;
    const out = new Uint8Array(bytes.length + 2);
    const view = new DataView(out.buffer);
    out.set(bytes.subarray(0, head));
    out[1] = ((bytes[1] as number) & 0x80) | rtx.payloadType;
    out.set(bytes.subarray(2, 4), head);
    out.set(bytes.subarray(head), head + 2);
    view.setUint16(2, this.#rtxSequence++ & 0xffff);
    view.setUint32(8, rtx.ssrc);
    return out;
  }

  #extension(): Uint8Array {
    const { transport } = this.#options;
    if (transport === undefined) {
      return new Uint8Array();
    }
    const number = transport.next++ & 0xffff;
    return Uint8Array.of(0xbe, 0xde, 0, 1, (transport.id << 4) | 1, number >> 8, number & 0xff, 0);
  }
}
