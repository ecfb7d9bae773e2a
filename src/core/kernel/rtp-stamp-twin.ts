// The TypeScript twin of kernel rtp-stamp (assembly/rtp-stamp.ts): the same bytes, for reference and fallback.
import { RTP_STAMP_WASM } from "./embedded/rtp-stamp.js";
import type { KernelDefinition } from "./kernel.js";
import type { KernelMemory } from "./kernel-memory.js";
import { DESCRIPTOR_BYTES, SlotFlags } from "./slot-ring.js";

/** The functions of kernel rtp-stamp. */
export interface RtpStampCalls {
  /** Stamps `count` headers; arguments as in assembly/rtp-stamp.ts. */
  stamp(
    descriptors: number,
    slotCount: number,
    firstSlot: number,
    count: number,
    ssrc: number,
    sequenceNumber: number,
    timestamp: number,
    payloadType: number,
    extension: number,
    extensionBytes: number,
  ): void;
}

const HEADER_BYTES = 12;

/** Kernel rtp-stamp. Its one face is {@link RtpStamper}. */
export const RTP_STAMP: KernelDefinition<RtpStampCalls> = {
  name: "rtp-stamp",
  embedded: RTP_STAMP_WASM,
  twin: rtpStampTwin,
};

function rtpStampTwin({ bytes, view }: KernelMemory): RtpStampCalls {
  return {
    stamp: (
      descriptors,
      slotCount,
      firstSlot,
      count,
      ssrc,
      sequenceNumber,
      timestamp,
      payloadType,
      extension,
      extensionBytes,
    ) => {
      const headerBytes = HEADER_BYTES + extensionBytes;
      const firstOctet = extensionBytes === 0 ? 0x80 : 0x90;
      for (let i = 0; i < count; i++) {
        const descriptor = descriptors + ((firstSlot + i) & (slotCount - 1)) * DESCRIPTOR_BYTES;
        const header = view.getUint32(descriptor, true) - headerBytes;
        const marker = (view.getUint32(descriptor + 12, true) & SlotFlags.marker) << 7;
        view.setUint8(header, firstOctet);
        view.setUint8(header + 1, marker | payloadType);
        view.setUint16(header + 2, sequenceNumber + i);
        view.setUint32(header + 4, timestamp);
        view.setUint32(header + 8, ssrc);
        for (let at = 0; at < extensionBytes; at++) {
          bytes[header + HEADER_BYTES + at] = bytes[extension + at];
        }
        view.setUint32(descriptor + 8, headerBytes, true);
      }
    },
  };
}
