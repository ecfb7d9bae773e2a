// Made-up H.264 access units in Annex B, with bytes that a seed decides.
import { SeededRandom } from "./seeded-random.js";

const START_CODE = [0, 0, 0, 1];

/** A NAL unit with this type and length whose payload holds no start code. */
export function nalUnit(type: number, lengthBytes: number, random: SeededRandom): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  bytes[0] = 0x60 | type;
  for (let i = 1; i < lengthBytes; i++) {
    bytes[i] = 1 + random.integer(255);
  }
  return bytes;
}

/** NAL units joined as an Annex B stream. */
export function annexB(nalUnits: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(nalUnits.flatMap((unit) => [...START_CODE, ...unit]));
}

/** A key (SPS, PPS, IDR) or delta access unit with this many bytes of picture. */
export function accessUnit({
  isKey,
  pictureBytes,
  seed,
}: {
  isKey: boolean;
  pictureBytes: number;
  seed: number;
}): Uint8Array {
  const random = new SeededRandom(seed);
  const picture = nalUnit(isKey ? 5 : 1, pictureBytes, random);
  return annexB(isKey ? [nalUnit(7, 12, random), nalUnit(8, 5, random), picture] : [picture]);
}
