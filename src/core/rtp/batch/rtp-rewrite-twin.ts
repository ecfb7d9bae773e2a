// The TypeScript twin of kernel rtp-rewrite (assembly/rtp-rewrite.ts): the same headers and marks.
import { RTP_REWRITE_WASM } from "../../kernel/embedded/rtp-rewrite.js";
import type { KernelDefinition } from "../../kernel/kernel.js";
import type { KernelMemory } from "../../kernel/kernel-memory.js";
import { COLUMN_COUNT, RECORD_BYTES, RtpStatus } from "./rtp-record.js";

/** The functions of kernel rtp-rewrite. */
export interface RtpRewriteCalls {
  /** Returns the number of packets rewritten; arguments as in assembly/rtp-rewrite.ts. */
  rewrite(
    records: number,
    count: number,
    sourceSsrc: number,
    ssrc: number,
    sequenceDelta: number,
    timestampDelta: number,
    maps: number,
  ): number;
}

/** Bytes of the payload type map in front of the extension ids. */
export const PAYLOAD_TYPE_COUNT = 128;

/** Kernel rtp-rewrite. Its one face is {@link RtpRewriter}. */
export const RTP_REWRITE: KernelDefinition<RtpRewriteCalls> = {
  name: "rtp-rewrite",
  embedded: RTP_REWRITE_WASM,
  twin: rtpRewriteTwin,
};

function rtpRewriteTwin({ bytes, view }: KernelMemory): RtpRewriteCalls {
  return {
    rewrite: (records, count, sourceSsrc, ssrc, sequenceDelta, timestampDelta, maps) => {
      let rewritten = 0;
      for (let record = records; record < records + count * RECORD_BYTES; record += RECORD_BYTES) {
        if (bytes[record + 24] !== RtpStatus.rtp || view.getUint32(record + 8, true) !== sourceSsrc >>> 0) {
          continue;
        }
        const payloadType = bytes[maps + (bytes[record + 2] & 127)];
        if (payloadType >= PAYLOAD_TYPE_COUNT) {
          view.setUint32(record + 28, 0, true);
          continue;
        }
        const packet = view.getUint32(record + 12, true);
        const sequence = (view.getUint16(record, true) + sequenceDelta) & 0xffff;
        bytes[packet] = bytes[record + 3] & 0xdf;
        bytes[packet + 1] = (bytes[record + 2] & 0x80) | payloadType;
        view.setUint16(packet + 2, sequence);
        view.setUint32(packet + 4, view.getUint32(record + 4, true) + timestampDelta);
        view.setUint32(packet + 8, ssrc);
        for (let column = 0; column < COLUMN_COUNT; column++) {
          if (((bytes[record + 25] >> column) & 1) === 0) {
            continue;
          }
          const id = bytes[maps + PAYLOAD_TYPE_COUNT + column];
          const value = packet + view.getUint16(record + 32 + 4 * column, true);
          if (bytes[record + 35 + 4 * column] === 1) {
            bytes[value - 1] = (id << 4) | (bytes[record + 34 + 4 * column] - 1);
          } else {
            bytes[value - 2] = id;
          }
        }
        view.setUint32(record + 28, 0x10000 | sequence, true);
        rewritten++;
      }
      return rewritten;
    },
  };
}
