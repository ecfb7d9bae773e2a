// The header that an Opus track carries in a file (RFC 7845 5.1).

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
