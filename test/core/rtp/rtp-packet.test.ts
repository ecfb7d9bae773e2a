import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../../src/core/error/floe-error.js";
import { headerExtensionBlock, playoutDelayValue } from "../../../src/core/rtp/header-extension.js";
import { isRtcp, RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { fromHex } from "../../sim/hex.js";
import vectors from "../../vectors/rtp.json" with { type: "json" };

type Vector = {
  name: string;
  hex: string;
  ok: boolean;
  marker?: boolean;
  pt?: number;
  seq?: number;
  ts?: number;
  ssrc?: number;
  csrc?: number[];
  payloadLength?: number;
  paddingLength?: number;
  extensions?: Record<string, string>;
};

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("RTP vectors (RFC 3550 5.1, RFC 8285)", () => {
  for (const vector of vectors.rtp as Vector[]) {
    test(`${vector.name} is ${vector.ok ? "read" : "refused"}`, () => {
      const bytes = fromHex(vector.hex);
      if (!vector.ok) {
        expect(() => RtpPacket.parse(bytes)).toThrow(WireError);
        return;
      }
      const packet = RtpPacket.parse(bytes);
      const facts: [unknown, unknown][] = [
        [vector.marker, packet.marker],
        [vector.pt, packet.payloadType],
        [vector.seq, packet.sequenceNumber],
        [vector.ts, packet.timestamp],
        [vector.ssrc, packet.ssrc],
        [vector.csrc, packet.csrcs],
        [vector.payloadLength, packet.payload.length],
        [vector.paddingLength, packet.paddingLengthBytes],
      ];
      for (const [expected, actual] of facts) {
        if (expected !== undefined) {
          expect(actual).toEqual(expected);
        }
      }
      if (vector.extensions !== undefined) {
        const found: Record<string, string> = {};
        packet.forEachExtension((id, value) => {
          found[id] = hexOf(value);
        });
        expect(found).toEqual(vector.extensions);
      }
    });
  }
});

test("random bytes never throw anything but WireError, and every view stays inside them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        const packet = RtpPacket.parse(bytes);
        expect(packet.headerLengthBytes + packet.payload.length + packet.paddingLengthBytes).toBe(bytes.length);
        packet.forEachExtension((_id, value) => expect(value.length).toBeLessThan(bytes.length));
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("RTCP is told from RTP by its second byte (RFC 5761 4)", () => {
  expect(isRtcp(Uint8Array.of(0x80, 200))).toBe(true);
  expect(isRtcp(Uint8Array.of(0x80, 206))).toBe(true);
  expect(isRtcp(Uint8Array.of(0x80, 96))).toBe(false);
  expect(isRtcp(Uint8Array.of(0x80, 0x80 | 111))).toBe(false);
  expect(isRtcp(Uint8Array.of(0x80))).toBe(false);
});

test("an extension block is a whole number of words and reads back (RFC 8285 4.2)", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.record({ id: fc.integer({ min: 1, max: 14 }), value: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
        {
          selector: (element) => element.id,
          minLength: 1,
          maxLength: 6,
        },
      ),
      (elements) => {
        const block = headerExtensionBlock(elements);
        expect(block.length % 4).toBe(0);
        const packet = new Uint8Array(12 + block.length);
        packet[0] = 0x90;
        packet.set(block, 12);
        const parsed = RtpPacket.parse(packet);
        expect(parsed.payload.length).toBe(0);
        for (const { id, value } of elements) {
          expect(parsed.extension(id)).toEqual(value);
        }
      },
    ),
  );
});

test("playout delay is two 12-bit counts of 10 ms, the maximum never below the minimum", () => {
  expect(hexOf(playoutDelayValue(0, 0))).toBe("000000");
  expect(hexOf(playoutDelayValue(10, 200))).toBe("001014");
  expect(hexOf(playoutDelayValue(1_000_000, 0))).toBe("ffffff");
});
