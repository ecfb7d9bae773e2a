// Header extension blocks ready to be copied behind an RTP header (RFC 8285 4.2, one-byte form).

/** One element: an id that was negotiated (1..14) and its value (1..16 bytes). */
export type HeaderExtensionElement = { readonly id: number; readonly value: Uint8Array };

/** The URIs that Floe knows by name. */
export const HEADER_EXTENSION_URI = {
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  mid: "urn:ietf:params:rtp-hdrext:sdes:mid",
} as const;

/**
 * The block as it stands in a packet: profile 0xBEDE, length in words, elements, zero padding to 4 bytes.
 * Empty when there are no elements. Ids and lengths out of range are a RangeError: they come from our own negotiation.
 */
export function headerExtensionBlock(elements: readonly HeaderExtensionElement[]): Uint8Array<ArrayBuffer> {
  if (elements.length === 0) {
    return new Uint8Array(0);
  }
  let length = 0;
  for (const { id, value } of elements) {
    if (id < 1 || id > 14 || value.length < 1 || value.length > 16) {
      throw new RangeError(`one-byte header extension ${id} of ${value.length} bytes is out of range (RFC 8285 4.2)`);
    }
    length += 1 + value.length;
  }
  const words = (length + 3) >> 2;
  const block = new Uint8Array(4 + 4 * words);
  block[0] = 0xbe;
  block[1] = 0xde;
  block[2] = words >> 8;
  block[3] = words;
  let at = 4;
  for (const { id, value } of elements) {
    block[at] = (id << 4) | (value.length - 1);
    block.set(value, at + 1);
    at += 1 + value.length;
  }
  return block;
}

/**
 * The playout-delay value: minimum and maximum in units of 10 ms, 12 bits each (libwebrtc's `playout-delay`).
 * 0/0 asks the receiver to show each frame the moment it is decoded. Range 0..40950 ms, rounded down to 10 ms.
 */
export function playoutDelayValue(minMs: number, maxMs: number): Uint8Array<ArrayBuffer> {
  const min = Math.min(4095, Math.max(0, Math.floor(minMs / 10)));
  const max = Math.min(4095, Math.max(min, Math.floor(maxMs / 10)));
  return Uint8Array.of(min >> 4, ((min & 0x0f) << 4) | (max >> 8), max & 0xff);
}
