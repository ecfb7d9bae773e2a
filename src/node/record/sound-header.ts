// The headers that tracks of sound carry in a file: OpusHead (RFC 7845 5.1) and AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1).
import { FloeError } from "../../core/error/floe-error.js";

const HEAD_BYTES = 19;
const SAMPLE_RATE_HZ = 48_000;

/**
 * Stereo at 48 kHz, as WebRTC sends it (RFC 7587 6.1: whatever the encoder was fed). Nothing is skipped at the start: the
 * packets are from the middle of a call, and a skip would shift the sound.
 */
export function opusHead(): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  head.set([0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64]); // "OpusHead"
  head[8] = 1;
  head[9] = 2;
  view.setUint16(10, 0, true);
  view.setUint32(12, SAMPLE_RATE_HZ, true);
  return head;
}

const AAC_LC = 2;
/** ISO/IEC 14496-3 table 1.18, in its order. */
const AAC_RATES_HZ: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

/** AAC-LC: five bits of object type, four of the rate's index, four of the channels. Throws FloeError `av/bad-rate`. */
export function aacConfig(sampleRateHz: number, channels: 1 | 2): Uint8Array {
  const rate = AAC_RATES_HZ.indexOf(sampleRateHz);
  if (rate < 0) {
    throw new FloeError("av/bad-rate", `AAC has no sampling rate of ${sampleRateHz} Hz`, {
      fix: "Use 48000 or 44100.",
    });
  }
  const bits = (AAC_LC << 11) | (rate << 7) | (channels << 3);
  return Uint8Array.of(bits >> 8, bits & 0xff);
}
