// STUN messages by view and writer: every kind of attribute, what the integrity covers, and bytes that are none.
import { describe, expect, test } from "vitest";
import { FloeError, WireError } from "../../../src/core/error/floe-error.js";
import { nonceCookie, readNonceCookie, SecurityFeatures } from "../../../src/core/stun/nonce-cookie.js";
import {
  readAddress,
  readAddressError,
  readErrorCode,
  readFamily,
  readIcmp,
  readPasswordAlgorithms,
  readTypes,
} from "../../../src/core/stun/stun-attributes.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import {
  hasValidFingerprint,
  hasValidIntegrity,
  hasValidIntegritySha256,
} from "../../../src/core/stun/stun-integrity.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { isStun, StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter, stunMessageType } from "../../../src/core/stun/stun-writer.js";
import { fromHex } from "../../sim/hex.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { drawAddress, drawMessage, mutate } from "./stun-noise.js";

const TRANSACTION = fromHex("000102030405060708090a0b");
const buffer = new Uint8Array(4096);

function write(fill: (writer: StunWriter) => unknown): StunMessage {
  const writer = new StunWriter(buffer).start(StunClass.request, StunMethod.allocate, TRANSACTION);
  fill(writer);
  return StunMessage.parse(writer.finishCopy());
}

const value = (message: StunMessage, type: number): Uint8Array => message.value(type) as Uint8Array;

describe("types", () => {
  test.each([
    [StunClass.request, StunMethod.binding, 0x0001],
    [StunClass.success, StunMethod.binding, 0x0101],
    [StunClass.error, StunMethod.binding, 0x0111],
    [StunClass.indication, StunMethod.send, 0x0016],
    [StunClass.error, StunMethod.connectionAttempt, 0x011c],
    [StunClass.success, 0xfff, 0x3fef],
  ])("class %i and method %i are 0x%s on the wire", (messageClass, method, type) => {
    expect(stunMessageType(messageClass, method)).toBe(type);
    const message = StunMessage.parse(new StunWriter(buffer).start(messageClass, method, TRANSACTION).finish());
    expect([message.messageClass, message.method]).toEqual([messageClass, method]);
  });
});

describe("attributes", () => {
  test("numbers, flags, texts and bytes", () => {
    const message = write((writer) =>
      writer
        .u32(StunAttribute.lifetime, 0xfedcba98)
        .octet(StunAttribute.requestedTransport, 17)
        .attribute(StunAttribute.dontFragment)
        .text(StunAttribute.realm, "Straße")
        .channelNumber(0x4abc)
        .evenPort({ reserveNext: true })
        .attribute(StunAttribute.reservationToken, fromHex("0102030405060708")),
    );
    expect(message.u32(StunAttribute.lifetime)).toBe(0xfedcba98);
    expect(message.u32(StunAttribute.requestedTransport)).toBe(0x11000000);
    expect(message.has(StunAttribute.dontFragment)).toBe(true);
    expect(message.text(StunAttribute.realm)).toBe("Straße");
    expect(message.u32(StunAttribute.channelNumber)).toBe(0x4abc0000);
    expect(value(message, StunAttribute.evenPort)).toEqual(Uint8Array.of(0x80));
    expect(message.sized(StunAttribute.reservationToken, 8)).toEqual(fromHex("0102030405060708"));
    expect(message.u32(StunAttribute.priority)).toBeUndefined();
    expect(() => message.u32(StunAttribute.reservationToken)).toThrow(WireError);
  });

  test("addresses, plain and XORed, of both families; several of one type keep their order", () => {
    const random = new SeededRandom(1);
    for (let round = 0; round < 50; round++) {
      const addresses = [drawAddress(random), drawAddress(random), drawAddress(random)] as const;
      const message = write((writer) => {
        writer.address(StunAttribute.alternateServer, addresses[0]);
        for (const address of addresses) {
          writer.xorAddress(StunAttribute.xorPeerAddress, address);
        }
      });
      expect(message.address(StunAttribute.alternateServer)).toEqual(addresses[0]);
      expect(message.xorAddress(StunAttribute.xorPeerAddress)).toEqual(addresses[0]);
      expect(message.xorAddresses(StunAttribute.xorPeerAddress)).toEqual(addresses);
    }
  });

  test("families, errors, lists of types, password algorithms, ICMP", () => {
    const message = write((writer) =>
      writer
        .family(StunAttribute.requestedAddressFamily, 6)
        .errorCode(438)
        .addressError({ family: 6, code: 440, reason: "no" })
        .unknownAttributes([0x1a, 0x7777, 0x22])
        .passwordAlgorithms(StunAttribute.passwordAlgorithms, [2, 1])
        .icmp({ type: 3, code: 4, data: 1400 }),
    );
    expect(readFamily(value(message, StunAttribute.requestedAddressFamily)[0])).toBe(6);
    expect(message.errorCode()).toEqual({ code: 438, reason: "Stale Nonce" });
    expect(readAddressError(value(message, StunAttribute.addressErrorCode))).toEqual({
      family: 6,
      code: 440,
      reason: "no",
    });
    expect(readTypes(value(message, StunAttribute.unknownAttributes))).toEqual([0x1a, 0x7777, 0x22]);
    const algorithms = readPasswordAlgorithms(value(message, StunAttribute.passwordAlgorithms));
    expect(algorithms.map(({ algorithm, parameters }) => [algorithm, parameters.length])).toEqual([
      [2, 0],
      [1, 0],
    ]);
    expect(readIcmp(value(message, StunAttribute.icmp))).toEqual({ type: 3, code: 4, data: 1400 });
  });

  test("values of a wrong shape are WireErrors", () => {
    const broken: (() => unknown)[] = [
      () => readAddress(new Uint8Array(8)),
      () => readAddress(Uint8Array.of(0, 2, 0, 0, 1, 2, 3, 4)),
      () => readAddress(new Uint8Array()),
      () => readErrorCode(Uint8Array.of(0, 0, 4)),
      () => readErrorCode(Uint8Array.of(0, 0, 2, 0)),
      () => readErrorCode(Uint8Array.of(0, 0, 4, 100)),
      () => readAddressError(Uint8Array.of(3, 0, 4, 40)),
      () => readFamily(undefined),
      () => readTypes(new Uint8Array(3)),
      () => readPasswordAlgorithms(Uint8Array.of(0, 1, 0)),
      () => readPasswordAlgorithms(Uint8Array.of(0, 1, 0, 4, 1)),
      () => readIcmp(new Uint8Array(7)),
      () =>
        write((writer) => writer.attribute(StunAttribute.username, Uint8Array.of(0xff))).text(StunAttribute.username),
    ];
    for (const read of broken) {
      expect(read).toThrow(WireError);
    }
  });

  test("those that must be understood and are not are listed once each; optional ones are not (RFC 8489 6.3)", () => {
    const message = write((writer) => {
      for (const type of [0x0077, 0x8077, StunAttribute.lifetime, 0x0066, 0x0077]) {
        writer.u32(type, 1);
      }
    });
    expect(message.unknownRequired(new Set([StunAttribute.lifetime]))).toEqual([0x0077, 0x0066]);
    const many = write((writer) => {
      for (let type = 0x1000; type < 0x1100; type++) {
        writer.attribute(type);
      }
    });
    expect(many.unknownRequired(new Set())).toHaveLength(64);
  });
});

describe("integrity (RFC 8489 14.5, 14.6)", () => {
  const key = StunKey.longTerm("user", "realm", "päss\u00a0word");

  test("both may be there, the second covers the first, and SHA-256 may be cut to 16 bytes", () => {
    for (const lengthBytes of [16, 20, 32]) {
      const message = write((writer) => writer.integrity(key).integritySha256(key, lengthBytes).fingerprint());
      expect(hasValidIntegrity(message, key)).toBe(true);
      expect(hasValidIntegritySha256(message, key)).toBe(true);
      expect(hasValidFingerprint(message)).toBe(true);
    }
  });

  test("a password is compared as both sides would type it", () => {
    const same = StunKey.longTerm("user", "realm", "pa\u0308ss word");
    expect(
      hasValidIntegrity(
        write((writer) => writer.integrity(key)),
        same,
      ),
    ).toBe(true);
  });

  test("what comes behind it is not seen, but a fingerprint still is checked", () => {
    const message = write((writer) => writer.integrity(key).u32(StunAttribute.lifetime, 1).fingerprint());
    expect(message.has(StunAttribute.lifetime)).toBe(false);
    expect(hasValidIntegrity(message, key)).toBe(true);
    expect(hasValidFingerprint(message)).toBe(true);
  });

  test.each([12, 17, 36])("SHA-256 integrity of %i bytes is refused", (lengthBytes) => {
    expect(() =>
      write((writer) => writer.attribute(StunAttribute.messageIntegritySha256, new Uint8Array(lengthBytes))),
    ).toThrow(WireError);
  });
});

describe("bytes that are no message", () => {
  const good = write((writer) => writer.text(StunAttribute.software, "abc").fingerprint()).bytes;
  const changed = (at: number, byte: number): Uint8Array => good.map((old, i) => (i === at ? byte : old));

  test.each([
    ["stun/short", good.slice(0, 19)],
    ["stun/not-stun", changed(0, 0x40)],
    ["stun/not-stun", changed(4, 0)],
    ["stun/length", good.slice(0, -1)],
    ["stun/length", changed(3, good.length - 19)],
    ["stun/attribute", changed(23, 200)],
    ["stun/after-fingerprint", Uint8Array.of(...changed(3, good.length - 16), 0x80, 0x22, 0, 0)],
  ])("%s", (code, bytes) => {
    expect(() => StunMessage.parse(bytes)).toThrow(expect.objectContaining({ code, name: "WireError" }));
  });

  test("RTP, ChannelData and short datagrams are not STUN", () => {
    expect([good, changed(0, 0x80), changed(0, 0x40), good.slice(0, 19)].map(isStun)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test("a writer says when its buffer is full", () => {
    const writer = new StunWriter(new Uint8Array(24)).start(StunClass.request, StunMethod.binding, TRANSACTION);
    expect(() => writer.text(StunAttribute.software, "a")).toThrow(FloeError);
    expect(writer.finish()).toHaveLength(20);
  });
});

test("the nonce cookie tells 24 bits of features; other nonces tell none (RFC 8489 9.2)", () => {
  const cookie = nonceCookie(SecurityFeatures.passwordAlgorithms | SecurityFeatures.usernameAnonymity);
  expect(cookie).toBe("obMatJos2AAAD");
  expect(readNonceCookie(`${cookie}rest`)).toBe(3);
  expect(["", "f//499k954d6OL34oL9FSTvy64sA", "obMatJos2A", "obMatJos2@@@@x"].map(readNonceCookie)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("parse(write(x)) is x, and changed messages throw nothing but WireError whatever is read of them", () => {
  const random = new SeededRandom(7);
  const key = StunKey.shortTerm("p");
  let parsed = 0;
  for (let round = 0; round < 30_000; round++) {
    const drawn = drawMessage(random, { key });
    const bytes = round % 4 === 0 ? drawn : mutate(random, drawn);
    try {
      const message = StunMessage.parse(bytes);
      parsed++;
      expect([...message.attributes()].length).toBeLessThanOrEqual(bytes.length / 4);
      message.unknownRequired(new Set());
      message.xorAddresses(StunAttribute.xorPeerAddress);
      message.xorAddress(StunAttribute.xorMappedAddress);
      message.text(StunAttribute.software);
      message.errorCode();
      message.u32(StunAttribute.lifetime);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
  }
  expect(parsed).toBeGreaterThan(8000);
});
