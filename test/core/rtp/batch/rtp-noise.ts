// Received packets as tests want them: well-formed ones with every part of a header, and such with one thing broken.
import type { SeededRandom } from "../../../sim/seeded-random.js";

/** A packet of at most `maxBytes`: mostly RTP, some RTCP, and in four of ten a byte changed or the end cut off. */
export function drawPacket(random: SeededRandom, maxBytes = 1500): Uint8Array {
  const bytes = random.integer(8) === 0 ? drawRtcp(random) : drawRtp(random, random.integer(maxBytes - 400));
  switch (random.integer(10)) {
    case 0:
      return bytes.subarray(0, random.integer(bytes.length + 1));
    case 1:
      return bytes.subarray(0, random.integer(Math.min(bytes.length, 40) + 1));
    case 2:
      bytes[random.integer(Math.min(bytes.length, 40))] = random.integer(256);
      return bytes;
    case 3:
      bytes[bytes.length - 1] = random.integer(256);
      return bytes;
    default:
      return bytes;
  }
}

/** A well-formed packet of a few streams with `payloadBytes` of payload. */
export function drawRtp(random: SeededRandom, payloadBytes: number): Uint8Array {
  const csrcs = random.bytes(4 * (random.integer(4) === 0 ? random.integer(16) : 0));
  const extension = random.integer(3) === 0 ? new Uint8Array() : drawExtension(random);
  const padding = new Uint8Array(random.integer(4) === 0 ? 1 + random.integer(255) : 0);
  padding.fill(padding.length, -1);
  const header = random.bytes(12);
  header[0] = 0x80 | (padding.length > 0 ? 0x20 : 0) | (extension.length > 0 ? 0x10 : 0) | (csrcs.length / 4);
  header[1] = (random.integer(2) << 7) | (96 + 12 * random.integer(3));
  header.set([0, 0, 0, random.integer(3)], 8);
  return Uint8Array.from([...header, ...csrcs, ...extension, ...random.bytes(payloadBytes), ...padding]);
}

/** A block of elements in one of the two forms, with padding, stops, repeats and strangers in it. */
function drawExtension(random: SeededRandom): Uint8Array {
  const form = random.integer(10);
  const isOneByte = form < 6;
  const elements: number[] = [];
  for (let left = random.integer(7); left > 0; left--) {
    const id = random.integer(8) === 0 ? random.integer(16) : 1 + random.integer(6);
    const length = random.integer(isOneByte ? 16 : 24);
    elements.push(...(isOneByte ? [(id << 4) | length] : [id, length]));
    elements.push(...random.bytes(isOneByte ? length + 1 : length));
    elements.push(...new Uint8Array(random.integer(3)));
  }
  const words = Math.ceil(elements.length / 4);
  const profile = isOneByte ? 0xbede : form < 9 ? 0x1000 | random.integer(16) : random.integer(65_536);
  const block = new Uint8Array(4 + 4 * words);
  block.set([profile >> 8, profile, words >> 8, words]);
  block.set(elements, 4);
  return block;
}

function drawRtcp(random: SeededRandom): Uint8Array {
  const packets: number[] = [];
  for (let left = 1 + random.integer(4); left > 0; left--) {
    const words = random.integer(8);
    packets.push(0x80 | random.integer(32), 192 + random.integer(32), 0, words, ...random.bytes(4 * words));
  }
  return Uint8Array.from(packets);
}
