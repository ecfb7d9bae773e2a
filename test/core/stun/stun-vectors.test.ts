// The vectors of RFC 5769 and of RFC 8489 B.1 (as corrected by erratum 6268), both directions.
import { describe, expect, test } from "vitest";
import { encodeHex } from "../../../src/core/bytes/hex.js";
import { WireError } from "../../../src/core/error/floe-error.js";
import { formatIpAddress, parseIpAddress } from "../../../src/core/net/transport-address.js";
import { readNonceCookie, SecurityFeatures } from "../../../src/core/stun/nonce-cookie.js";
import { readPasswordAlgorithms } from "../../../src/core/stun/stun-attributes.js";
import { PasswordAlgorithm, StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import {
  hasValidFingerprint,
  hasValidIntegrity,
  hasValidIntegritySha256,
} from "../../../src/core/stun/stun-integrity.js";
import { StunKey, userhash } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";
import { fromHex } from "../../sim/hex.js";
import file from "../../vectors/stun.json" with { type: "json" };

type Vector = (typeof file.vectors)[number];

const { username: USERNAME, realm: REALM, nonce: NONCE, software: SOFTWARE } = StunAttribute;

function keyOf(vector: Vector): StunKey {
  if (vector.realm === undefined) {
    return StunKey.shortTerm(vector.password);
  }
  const algorithm = vector.passwordAlgorithm === 2 ? PasswordAlgorithm.sha256 : PasswordAlgorithm.md5;
  return StunKey.longTerm(vector.username as string, vector.realm, vector.password, algorithm);
}

function isIntact(message: StunMessage, vector: Vector): boolean {
  const check = vector.integrity === "sha256" ? hasValidIntegritySha256 : hasValidIntegrity;
  return check(message, keyOf(vector));
}

/** The attributes of each vector in the order that the RFC has them. */
function rebuild(vector: Vector): Uint8Array {
  // RFC 5769 pads its short-term messages with spaces.
  const writer = new StunWriter(new Uint8Array(200), { paddingByte: vector.realm === undefined ? 0x20 : 0 });
  const messageClass = vector.class === "request" ? StunClass.request : StunClass.success;
  writer.start(messageClass, StunMethod.binding, fromHex(vector.transactionId));
  if (vector.software !== undefined) {
    writer.text(SOFTWARE, vector.software);
  }
  if (vector.priority !== undefined) {
    writer.u32(StunAttribute.priority, vector.priority);
    writer.attribute(StunAttribute.iceControlled, fromHex(vector.iceControlled as string));
  }
  if (vector.xorMappedAddress !== undefined) {
    const { address, port } = vector.xorMappedAddress;
    writer.xorAddress(StunAttribute.xorMappedAddress, parseIpAddress(address, port));
  }
  if (vector.userhash !== undefined) {
    writer.attribute(StunAttribute.userhash, userhash(vector.username as string, vector.realm as string));
  } else if (vector.username !== undefined) {
    writer.text(USERNAME, vector.username);
  }
  if (vector.realm !== undefined) {
    writer.text(NONCE, vector.nonce as string).text(REALM, vector.realm);
  }
  if (vector.passwordAlgorithm !== undefined) {
    writer.passwordAlgorithms(StunAttribute.passwordAlgorithm, [vector.passwordAlgorithm]);
  }
  const key = keyOf(vector);
  const signed = vector.integrity === "sha256" ? writer.integritySha256(key) : writer.integrity(key);
  return vector.hasFingerprint ? signed.fingerprint().finish() : signed.finish();
}

describe.each(file.vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
  const message = StunMessage.parse(fromHex(vector.hex));

  test("is read and verified", () => {
    expect(message.method).toBe(StunMethod.binding);
    expect(message.messageClass).toBe(vector.class === "request" ? StunClass.request : StunClass.success);
    expect(encodeHex(message.transactionId)).toBe(vector.transactionId);
    expect(message.isAnswerTo(fromHex(vector.transactionId))).toBe(true);
    expect(message.text(SOFTWARE)).toBe(vector.software);
    expect(message.u32(StunAttribute.priority)).toBe(vector.priority);
    expect(message.text(USERNAME)).toBe(vector.userhash === undefined ? vector.username : undefined);
    expect(message.text(REALM)).toBe(vector.realm);
    expect(message.text(NONCE)).toBe(vector.nonce);
    const controlled = message.value(StunAttribute.iceControlled);
    expect(controlled === undefined ? undefined : encodeHex(controlled)).toBe(vector.iceControlled);
    const mapped = message.xorAddress(StunAttribute.xorMappedAddress);
    if (vector.xorMappedAddress !== undefined && mapped !== undefined) {
      const { family, address, port } = vector.xorMappedAddress;
      expect([mapped.family, formatIpAddress(mapped), mapped.port]).toEqual([family, address, port]);
    } else {
      expect(mapped).toBe(vector.xorMappedAddress);
    }
    expect(message.fingerprintAt > 0).toBe(vector.hasFingerprint);
    expect(hasValidFingerprint(message)).toBe(vector.hasFingerprint);
    expect(isIntact(message, vector)).toBe(true);
  });

  test("is rebuilt to the same bytes", () => {
    expect(encodeHex(rebuild(vector))).toBe(vector.hex);
  });

  test("any bit changed is noticed", () => {
    for (let bit = 0; bit < 8 * message.bytes.length; bit++) {
      const bytes = fromHex(vector.hex);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      try {
        const changed = StunMessage.parse(bytes);
        expect(isIntact(changed, vector) && (!vector.hasFingerprint || hasValidFingerprint(changed))).toBe(false);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }
  });
});

test("RFC 8489 B.1 tells its password algorithm and its nonce's security feature", () => {
  const message = StunMessage.parse(fromHex((file.vectors[4] as Vector).hex));
  const algorithms = readPasswordAlgorithms(message.value(StunAttribute.passwordAlgorithm) as Uint8Array);
  expect(algorithms.map(({ algorithm }) => algorithm)).toEqual([PasswordAlgorithm.sha256]);
  expect(readNonceCookie(message.text(NONCE) as string)).toBe(SecurityFeatures.usernameAnonymity);
});

describe("what the vectors say must not pass", () => {
  const byName = (name: string): Vector => file.vectors.find((vector) => vector.name === name) as Vector;

  test.each(
    file.negative.map((negative) => [`${negative.from}: ${negative.expect}`, negative] as const),
  )("%s", (_, negative) => {
    const vector = byName(negative.from);
    const bytes = fromHex(`${vector.hex}${negative.appendHex ?? ""}`).slice(0, negative.truncateTo);
    if (negative.flipByte === undefined) {
      expect(() => StunMessage.parse(bytes)).toThrow(expect.objectContaining({ code: "stun/length" }));
      return;
    }
    bytes[negative.flipByte] = Number.parseInt(negative.to as string, 16);
    const message = StunMessage.parse(bytes);
    expect(hasValidFingerprint(message)).toBe(false);
    expect(isIntact(message, vector)).toBe(false);
  });
});
