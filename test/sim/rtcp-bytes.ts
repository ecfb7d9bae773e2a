// RTCP that a receiver sends, as bytes. Written by hand here, so that the tests do not check our writer with itself.

function packet(count: number, type: number, words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * words.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | count);
  view.setUint8(1, type);
  view.setUint16(2, words.length);
  words.forEach((word, i) => {
    view.setUint32(4 + 4 * i, word >>> 0);
  });
  return bytes;
}

/** Generic NACK (RFC 4585 6.2.1), one entry a packet. */
export const nackBytes = (mediaSsrc: number, lost: readonly number[]): Uint8Array =>
  packet(1, 205, [1, mediaSsrc, ...lost.map((sequence) => sequence << 16)]);

/** PLI (RFC 4585 6.3.1). */
export const pliBytes = (mediaSsrc: number): Uint8Array => packet(1, 206, [1, mediaSsrc]);

/** FIR (RFC 5104 4.3.1). */
export const firBytes = (mediaSsrc: number, sequence: number): Uint8Array =>
  packet(4, 206, [1, 0, mediaSsrc, sequence << 24]);

/** Receiver report with one block (RFC 3550 6.4.2). */
export const reportBytes = (ssrc: number, { lastSenderReport = 0, delay = 0, fractionLost = 0 } = {}): Uint8Array =>
  packet(1, 201, [1, ssrc, fractionLost << 24, 0, 0, lastSenderReport, delay]);
