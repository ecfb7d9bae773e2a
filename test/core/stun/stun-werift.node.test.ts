// werift's parser as a second opinion: whatever both accept, both read alike. Where werift throws something of its own kind, or takes
// what RFC 8489 forbids, we do not follow.
import { expect, test } from "vitest";
import { parseMessage } from "werift";
import { encodeHex } from "../../../src/core/bytes/hex.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { stunMessageType } from "../../../src/core/stun/stun-writer.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawMessage, mutate } from "./stun-noise.js";

const CLASSES = {
  [StunClass.request]: 0,
  [StunClass.indication]: 0x10,
  [StunClass.success]: 0x100,
  [StunClass.error]: 0x110,
};

function readByWerift(bytes: Uint8Array, key?: Uint8Array) {
  try {
    return parseMessage(Buffer.from(bytes), key === undefined ? undefined : Buffer.from(key));
  } catch {
    return undefined;
  }
}

test("class, method, transaction and mapped address are the same, and so is the verdict on a signature", () => {
  const random = new SeededRandom(61);
  const [password, wrong] = ["key", "other"].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  const key = StunKey.shortTerm("key");
  let both = 0;
  let addresses = 0;
  for (let round = 0; round < 20_000; round++) {
    const drawn = drawMessage(random, { key, maxAttributes: 4 });
    const bytes = round % 2 === 0 ? drawn : mutate(random, drawn);
    let ours: StunMessage | undefined;
    try {
      ours = StunMessage.parse(bytes);
    } catch {
      continue;
    }
    const theirs = readByWerift(bytes);
    if (theirs === undefined) {
      continue;
    }
    both++;
    expect(theirs.messageClass).toBe(CLASSES[ours.messageClass]);
    // It leaves the method as it lies on the wire, with the holes of the class bits.
    expect(theirs.messageMethod).toBe(stunMessageType(StunClass.request, ours.method));
    expect(encodeHex(theirs.transactionId)).toBe(encodeHex(ours.transactionId));
    // Of several, werift takes the last and we the first (RFC 8489 14).
    const mapped = ours.xorAddresses(StunAttribute.xorMappedAddress);
    const all = [...ours.attributes()].filter(({ type }) => type === StunAttribute.xorMappedAddress);
    if (all.length === 1) {
      const [ip, port] = theirs.getAttributeValue("XOR-MAPPED-ADDRESS") as [string, number];
      expect([parseIpAddress(ip, port)]).toEqual(mapped);
      addresses++;
    }
    if (ours.integrityAt > 0 && ours.integritySha256At === 0 && round % 2 === 0) {
      expect(readByWerift(bytes, password)).toBeDefined();
      expect(readByWerift(bytes, wrong)).toBeUndefined();
    }
  }
  expect(both).toBeGreaterThan(2000);
  expect(addresses).toBeGreaterThan(300);
});
