// Opus packets as tests want them: of every code and configuration, sound or with a byte changed or the end cut off.
import type { SeededRandom } from "../../../sim/seeded-random.js";

/** A packet of any code; three of ten have something done to them. */
export function drawOpus(random: SeededRandom): Uint8Array {
  const bytes = drawSoundOpus(random);
  switch (random.integer(10)) {
    case 0:
      return bytes.subarray(0, random.integer(bytes.length + 1));
    case 1:
      bytes[random.integer(Math.min(bytes.length, 12))] = random.integer(256);
      return bytes;
    case 2:
      return random.bytes(random.integer(300));
    default:
      return bytes;
  }
}

/** A packet that fits a slot and keeps every rule but that of 120 ms (RFC 6716 3.2, 3.4). */
export function drawSoundOpus(random: SeededRandom): Uint8Array {
  for (;;) {
    const packet = drawAnySize(random);
    if (packet.length <= 1900) {
      return packet;
    }
  }
}

function drawAnySize(random: SeededRandom): Uint8Array {
  const code = random.integer(4);
  const first = (random.integer(64) << 2) | code;
  const longest = random.integer(8) === 0 ? 600 : 60;
  const size = (): number => random.integer(longest);
  if (code < 2) {
    const length = size();
    return Uint8Array.from([first, ...random.bytes(code === 0 ? length : 2 * length)]);
  }
  const count = code === 2 ? 2 : 1 + random.integer(random.integer(3) === 0 ? 48 : 6);
  const isUnequal = code === 2 || random.integer(2) === 0;
  const equal = size() >> 2;
  const sizes = Array.from({ length: count }, () => (isUnequal ? size() >> 2 : equal));
  const lengths = isUnequal ? sizes.slice(0, -1).flatMap(lengthBytes) : [];
  const frames = sizes.flatMap((length) => [...random.bytes(length)]);
  if (code === 2) {
    return Uint8Array.from([first, ...lengths, ...frames]);
  }
  const padding = random.integer(3) === 0 ? random.integer(600) : -1;
  const second = (isUnequal ? 0x80 : 0) | (padding >= 0 ? 0x40 : 0) | count;
  return Uint8Array.from([first, second, ...paddingBytes(padding), ...lengths, ...frames, ...zeros(padding)]);
}

/** RFC 6716 3.2.1. */
function lengthBytes(length: number): number[] {
  return length < 252 ? [length] : [252 + (length & 3), (length - 252 - (length & 3)) >> 2];
}

/** RFC 6716 3.2.5: 255 stands for 254 bytes and another count. */
function paddingBytes(padding: number): number[] {
  if (padding < 0) {
    return [];
  }
  return [...new Uint8Array(Math.floor(padding / 254)).fill(255), padding % 254];
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(Math.max(0, count));
}
