// STUN messages that a seed draws: well formed, with every kind of attribute, and bytes that were one once.
import type { TransportAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, type StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import type { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import type { SeededRandom } from "../../sim/seeded-random.js";

const TYPES = Object.values(StunAttribute).filter((type) => type !== 0x0008 && type !== 0x001c && type !== 0x8028);
const METHODS = Object.values(StunMethod);
const pick = <T>(random: SeededRandom, list: readonly T[]): T => list[random.integer(list.length)] as T;

export function drawAddress(random: SeededRandom): TransportAddress {
  const word = (): number => random.integer(2 ** 32);
  const port = random.integer(65_536);
  return random.integer(2) === 0
    ? { family: 4, ip0: word(), ip1: 0, ip2: 0, ip3: 0, port }
    : { family: 6, ip0: word(), ip1: word(), ip2: word(), ip3: word(), port };
}

/** A well-formed message with up to `maxAttributes` attributes of any type and length; signed where a key is given. */
export function drawMessage(
  random: SeededRandom,
  { key, maxAttributes = 8 }: { readonly key?: StunKey; readonly maxAttributes?: number } = {},
): Uint8Array {
  const writer = new StunWriter(new Uint8Array(2048), { paddingByte: random.integer(256) });
  writer.start(random.integer(4) as StunClass, pick(random, METHODS), random.bytes(12));
  for (let left = random.integer(maxAttributes + 1); left > 0; left--) {
    switch (random.integer(4)) {
      case 0:
        writer.xorAddress(
          pick(random, [StunAttribute.xorPeerAddress, StunAttribute.xorMappedAddress]),
          drawAddress(random),
        );
        break;
      case 1:
        writer.u32(pick(random, TYPES), random.integer(2 ** 32));
        break;
      default:
        writer.attribute(pick(random, TYPES), random.bytes(random.integer(40)));
    }
  }
  if (key !== undefined && random.integer(4) > 0) {
    writer.integrity(key);
  }
  if (key !== undefined && random.integer(4) === 0) {
    writer.integritySha256(key, 16 + 4 * random.integer(5));
  }
  if (random.integer(2) === 0) {
    writer.fingerprint();
  }
  return writer.finishCopy();
}

/** Changes, cuts or lengthens a message somewhere, often where its structure is. */
export function mutate(random: SeededRandom, message: Uint8Array): Uint8Array {
  let bytes = message.slice();
  for (let left = 1 + random.integer(3); left > 0 && bytes.length > 0; left--) {
    switch (random.integer(5)) {
      case 0:
        bytes = bytes.slice(0, random.integer(bytes.length + 1));
        break;
      case 1:
        bytes = Uint8Array.of(...bytes, ...random.bytes(random.integer(9)));
        break;
      case 2:
        bytes[random.integer(Math.min(bytes.length, 28))] = random.integer(256);
        break;
      default:
        bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
    }
  }
  return bytes;
}
