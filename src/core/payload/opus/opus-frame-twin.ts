// The TypeScript twin of kernel opus-frame (assembly/opus-frame.ts): the same slots, descriptors and records.
import { OPUS_FRAME_WASM } from "../../kernel/embedded/opus-frame.js";
import type { KernelDefinition } from "../../kernel/kernel.js";
import type { KernelMemory } from "../../kernel/kernel-memory.js";
import { DESCRIPTOR_BYTES, SLOT_BYTES, SLOT_HEADROOM_BYTES, SLOT_PAYLOAD_BYTES } from "../../kernel/slot-ring.js";

/** A record: u16 samples at 48 kHz, u8 frames, u8 first byte of the packet, u16 bytes of the frames, u16 0. All 0: no Opus. */
export const OPUS_RECORD_BYTES = 8;

/** The functions of kernel opus-frame; arguments as in assembly/opus-frame.ts. */
export interface OpusFrameCalls {
  /** Returns how many payloads are Opus packets. */
  parse(descriptors: number, slotCount: number, firstSlot: number, count: number, records: number): number;
  /** Returns the samples of all packets, or -1: one is none or does not fit, and no slot was written. */
  packetize(
    input: number,
    lengths: number,
    count: number,
    slots: number,
    descriptors: number,
    slotCount: number,
    firstSlot: number,
    records: number,
  ): number;
}

/** Kernel opus-frame. Its one face is {@link OpusFramer}. */
export const OPUS_FRAME: KernelDefinition<OpusFrameCalls> = {
  name: "opus-frame",
  embedded: OPUS_FRAME_WASM,
  twin: opusFrameTwin,
};

/** R2 and R5 of RFC 6716 3.4. */
const LONGEST_FRAME = 1275;
const MOST_SAMPLES = 5760;

function opusFrameTwin({ bytes, view }: KernelMemory): OpusFrameCalls {
  /** Writes a packet's record; false, and zeros, when it is no Opus packet. */
  function describe(packet: number, length: number, record: number): boolean {
    const frames = frameCount(bytes, packet, length);
    const frameBytes = frames === 0 ? -1 : bytesOfFrames(bytes, packet, packet + length, frames);
    const isOpus = frameBytes >= 0 && frames * frameSamples(bytes[packet] >> 3) <= MOST_SAMPLES;
    view.setUint16(record, isOpus ? frames * frameSamples(bytes[packet] >> 3) : 0, true);
    bytes[record + 2] = isOpus ? frames : 0;
    bytes[record + 3] = isOpus ? bytes[packet] : 0;
    view.setUint32(record + 4, isOpus ? frameBytes : 0, true);
    return isOpus;
  }

  return {
    parse: (descriptors, slotCount, firstSlot, count, records) => {
      let found = 0;
      for (let i = 0; i < count; i++) {
        const descriptor = descriptors + ((firstSlot + i) & (slotCount - 1)) * DESCRIPTOR_BYTES;
        const [payload, length] = [view.getUint32(descriptor, true), view.getUint32(descriptor + 4, true)];
        found += describe(payload, length, records + i * OPUS_RECORD_BYTES) ? 1 : 0;
      }
      return found;
    },
    packetize: (input, lengths, count, slots, descriptors, slotCount, firstSlot, records) => {
      let samples = 0;
      let from = input;
      for (let i = 0; i < count; i++) {
        const length = view.getUint32(lengths + 4 * i, true);
        const record = records + i * OPUS_RECORD_BYTES;
        if (length > SLOT_PAYLOAD_BYTES || !describe(from, length, record)) {
          return -1;
        }
        samples += view.getUint16(record, true);
        from += length;
      }
      from = input;
      for (let i = 0; i < count; i++) {
        const slot = (firstSlot + i) & (slotCount - 1);
        const payload = slots + slot * SLOT_BYTES + SLOT_HEADROOM_BYTES;
        const length = view.getUint32(lengths + 4 * i, true);
        bytes.copyWithin(payload, from, from + length);
        [payload, length, 0, 0].forEach((word, at) => {
          view.setUint32(descriptors + slot * DESCRIPTOR_BYTES + 4 * at, word, true);
        });
        from += length;
      }
      return samples;
    },
  };
}

/** Samples of a frame at 48 kHz, by the configuration (RFC 6716 3.1, table 2). */
function frameSamples(config: number): number {
  if (config < 12) {
    return [480, 960, 1920, 2880][config & 3];
  }
  return config < 16 ? 480 << (config & 1) : 120 << (config & 3);
}

/** Frames that the packet says it has; 0 when it says nothing. */
function frameCount(bytes: Uint8Array, packet: number, length: number): number {
  const code = bytes[packet] & 3;
  if (length === 0 || (code === 3 && length === 1)) {
    return 0;
  }
  return code === 3 ? bytes[packet + 1] & 63 : Math.min(code, 1) + 1;
}

/** Bytes of all frames together, by the packet's code (RFC 6716 3.2); -1 when they break a rule. */
function bytesOfFrames(bytes: Uint8Array, packet: number, packetEnd: number, frames: number): number {
  const code = bytes[packet] & 3;
  let at = packet + 1;
  let end = packetEnd;
  let isUnequal = code === 2;
  if (code === 3) {
    isUnequal = (bytes[at] & 0x80) !== 0;
    const hasPadding = (bytes[at] & 0x40) !== 0;
    at++;
    for (let more = hasPadding; more; at++) {
      if (at >= packetEnd) {
        return -1;
      }
      more = bytes[at] === 255;
      end -= more ? 254 : bytes[at];
    }
    if (at > end) {
      return -1;
    }
  }
  let known = 0;
  for (let left = isUnequal ? frames - 1 : 0; left > 0; left--) {
    const lengthBytes = at < end && bytes[at] >= 252 ? 2 : 1;
    if (at + lengthBytes > end) {
      return -1;
    }
    const length = bytes[at] + (lengthBytes === 2 ? 4 * bytes[at + 1] : 0);
    if (length > LONGEST_FRAME) {
      return -1;
    }
    at += lengthBytes;
    known += length;
  }
  const room = end - at;
  const last = isUnequal ? room - known : room / frames;
  return Number.isInteger(last) && last >= 0 && last <= LONGEST_FRAME ? room : -1;
}
