// The TypeScript twin of kernel rtp-parse (assembly/rtp-parse.ts): the same records, descriptors and blanked bytes.
import { RTP_PARSE_WASM } from "../../kernel/embedded/rtp-parse.js";
import type { KernelDefinition } from "../../kernel/kernel.js";
import type { KernelMemory } from "../../kernel/kernel-memory.js";
import { DESCRIPTOR_BYTES } from "../../kernel/slot-ring.js";
import { COLUMN_COUNT, ONE_BYTE_PROFILE, RECORD_BYTES, RECORD_HEAD_BYTES, RtpStatus } from "./rtp-record.js";

/** The functions of kernel rtp-parse. */
export interface RtpParseCalls {
  /** Returns the number of RTP packets; arguments as in assembly/rtp-parse.ts, `strip` 0 or 1. */
  parse(
    descriptors: number,
    slotCount: number,
    firstSlot: number,
    count: number,
    table: number,
    columns: number,
    strip: number,
  ): number;
}

/** Kernel rtp-parse. Its one face is {@link RtpBatchParser}. */
export const RTP_PARSE: KernelDefinition<RtpParseCalls> = {
  name: "rtp-parse",
  embedded: RTP_PARSE_WASM,
  twin: (memory: KernelMemory): RtpParseCalls => {
    const twin = new RtpParseTwin(memory);
    return {
      parse: (descriptors, slotCount, firstSlot, count, table, columns, strip) => {
        memory.bytes.fill(0, table, table + RECORD_HEAD_BYTES + count * RECORD_BYTES);
        for (let i = 0; i < count; i++) {
          const descriptor = descriptors + ((firstSlot + i) & (slotCount - 1)) * DESCRIPTOR_BYTES;
          const status = twin.parse(descriptor, table + RECORD_HEAD_BYTES + i * RECORD_BYTES, columns, strip !== 0);
          const counter = table + 4 * status;
          memory.view.setUint32(counter, memory.view.getUint32(counter, true) + 1, true);
        }
        return memory.view.getUint32(table, true);
      },
    };
  },
};

class RtpParseTwin {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor({ bytes, view }: KernelMemory) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** One packet: fills its zeroed record, answers its status. */
  parse(descriptor: number, record: number, columns: number, strip: boolean): number {
    const view = this.#view;
    const packet = view.getUint32(descriptor, true);
    const length = view.getUint32(descriptor + 4, true);
    view.setUint32(record + 12, packet, true);
    const isRtcp = length >= 2 && this.#bytes[packet + 1] >= 192 && this.#bytes[packet + 1] <= 223;
    const status = isRtcp
      ? this.#parseRtcp(packet, length, record)
      : this.#parseRtp(packet, length, record, columns, strip);
    this.#bytes[record + 24] = status;
    if (status === RtpStatus.rtp) {
      const header = view.getUint16(record + 16, true);
      view.setUint32(descriptor, packet + header, true);
      view.setUint32(descriptor + 4, view.getUint16(record + 18, true), true);
      view.setUint32(descriptor + 8, header, true);
      view.setUint32(descriptor + 12, this.#bytes[packet + 1] >> 7, true);
    }
    return status;
  }

  #parseRtcp(packet: number, length: number, record: number): number {
    const view = this.#view;
    if (this.#bytes[packet] >> 6 !== 2) {
      return RtpStatus.version;
    }
    const end = packet + length;
    let count = 0;
    let at = packet;
    while (end - at >= 4 && this.#bytes[at] >> 6 === 2) {
      at += 4 + 4 * view.getUint16(at + 2);
      count++;
    }
    if (at !== end || count === 0) {
      return RtpStatus.rtcpLength;
    }
    view.setUint32(record, view.getUint32(packet), true);
    view.setUint32(record + 4, count, true);
    view.setUint32(record + 8, length < 8 ? 0 : view.getUint32(packet + 4), true);
    view.setUint16(record + 18, length, true);
    return RtpStatus.rtcp;
  }

  #parseRtp(packet: number, length: number, record: number, columns: number, strip: boolean): number {
    const view = this.#view;
    if (length < 12) {
      return RtpStatus.short;
    }
    const first = this.#bytes[packet];
    if (first >> 6 !== 2) {
      return RtpStatus.version;
    }
    const csrcCount = first & 15;
    let header = 12 + 4 * csrcCount;
    if (header > length) {
      return RtpStatus.csrc;
    }
    let profile = 0;
    let block = header;
    if ((first & 0x10) !== 0) {
      block += 4;
      if (block > length) {
        return RtpStatus.extension;
      }
      profile = view.getUint16(packet + header);
      header = block + 4 * view.getUint16(packet + header + 2);
      if (header > length) {
        return RtpStatus.extension;
      }
    }
    let padding = 0;
    if ((first & 0x20) !== 0) {
      padding = header < length ? this.#bytes[packet + length - 1] : 0;
      if (padding === 0 || header + padding > length) {
        return RtpStatus.padding;
      }
    }
    view.setUint32(record, view.getUint32(packet), true);
    view.setUint32(record + 4, view.getUint32(packet + 4), true);
    view.setUint32(record + 8, view.getUint32(packet + 8), true);
    view.setUint16(record + 16, header, true);
    view.setUint16(record + 18, length - header - padding, true);
    this.#bytes[record + 20] = padding;
    this.#bytes[record + 21] = csrcCount;
    view.setUint16(record + 22, profile, true);
    const isOneByte = profile === ONE_BYTE_PROFILE;
    if (isOneByte || (profile & 0xfff0) === 0x1000) {
      const stop = this.#walk(packet, packet + block, packet + header, isOneByte, record, columns, strip);
      if (strip) {
        this.#bytes.fill(0, stop, packet + header);
      }
    }
    return RtpStatus.rtp;
  }

  /** RFC 8285 4.2 and 4.3. A broken element, or one that says stop, ends the walk: where, is the answer. */
  #walk(
    packet: number,
    from: number,
    end: number,
    isOneByte: boolean,
    record: number,
    columns: number,
    strip: boolean,
  ): number {
    const bytes = this.#bytes;
    let at = from;
    while (at < end) {
      const octet = bytes[at];
      if (octet === 0) {
        at++;
        continue;
      }
      const id = isOneByte ? octet >> 4 : octet;
      const value = at + (isOneByte ? 1 : 2);
      if (value > end || (isOneByte && (id === 0 || id === 15))) {
        return at;
      }
      const length = isOneByte ? (octet & 15) + 1 : bytes[at + 1];
      if (value + length > end) {
        return at;
      }
      if (!this.#file(record, bytes[columns + id], value - packet, length, value - at) && strip) {
        bytes.fill(0, at, value + length);
      }
      at = value + length;
    }
    return at;
  }

  /** False when nobody asked for the element, or it was there before. */
  #file(record: number, column: number, offset: number, length: number, headBytes: number): boolean {
    if (column >= COLUMN_COUNT || ((this.#bytes[record + 25] >> column) & 1) !== 0) {
      return false;
    }
    this.#bytes[record + 25] |= 1 << column;
    this.#view.setUint16(record + 32 + 4 * column, offset, true);
    this.#bytes[record + 34 + 4 * column] = length;
    this.#bytes[record + 35 + 4 * column] = headBytes;
    return true;
  }
}
