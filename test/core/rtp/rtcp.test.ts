import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../../src/core/error/floe-error.js";
import { parseRtcp } from "../../../src/core/rtp/rtcp/rtcp-parse.js";
import {
  GOODBYE_BYTES,
  SENDER_REPORT_BYTES,
  sourceDescriptionBytes,
  writeGoodbye,
  writeSenderReport,
  writeSourceDescription,
} from "../../../src/core/rtp/rtcp/rtcp-write.js";
import { fromHex } from "../../sim/hex.js";
import vectors from "../../vectors/rtp.json" with { type: "json" };

const accepted: Record<string, unknown> = {
  "RR one block": {
    kind: "receiver-report",
    ssrc: 1,
    reports: [{ ssrc: 2, fractionLost: 1, cumulativeLost: -1, highestSequenceNumber: 3, interarrivalJitter: 4 }],
  },
  FIR: { kind: "full-intra-request", senderSsrc: 1, entries: [{ ssrc: 2, sequence: 7 }] },
  "NACK 1+3 bits": { kind: "nack", mediaSsrc: 2, lost: [100, 101, 102, 103] },
  "NACK wraps": { kind: "nack", mediaSsrc: 2, lost: [65535, 0, 1] },
  PLI: { kind: "picture-loss", senderSsrc: 1, mediaSsrc: 2 },
  "REMB 1Mbit one ssrc": { kind: "receiver-estimate", bitrateBps: 1_000_000, ssrcs: [2] },
  "BYE reason": { kind: "goodbye", ssrcs: [1] },
};

describe("RTCP vectors (RFC 3550 6, RFC 4585, RFC 5104)", () => {
  for (const vector of vectors.rtcp as { name: string; hex: string; ok: boolean }[]) {
    test(`${vector.name} is ${vector.ok ? "read" : "refused"}`, () => {
      const bytes = fromHex(vector.hex);
      if (!vector.ok) {
        expect(() => parseRtcp(bytes)).toThrow(WireError);
        return;
      }
      expect(parseRtcp(bytes)).toMatchObject([accepted[vector.name] ?? {}]);
    });
  }
});

test("what we write, a report, a description and a goodbye in one packet, reads back", () => {
  fc.assert(
    fc.property(
      fc.record({
        ssrc: fc.nat({ max: 0xffffffff }),
        seconds: fc.nat({ max: 0xffffffff }),
        fraction: fc.nat({ max: 0xffffffff }),
        rtpTimestamp: fc.nat({ max: 0xffffffff }),
        packetCount: fc.nat({ max: 0xffffffff }),
        octetCount: fc.nat({ max: 0xffffffff }),
        cname: fc.string({ minLength: 1, maxLength: 40 }),
      }),
      ({ ssrc, seconds, fraction, cname, ...counts }) => {
        const name = new TextEncoder().encode(cname);
        const bytes = new Uint8Array(SENDER_REPORT_BYTES + sourceDescriptionBytes(name.length) + GOODBYE_BYTES).fill(
          0xaa,
        );
        const ntp = { seconds, fraction };
        let at = writeSenderReport(bytes, 0, { ssrc, ntp, ...counts });
        at = writeSourceDescription(bytes, at, ssrc, name);
        at = writeGoodbye(bytes, at, ssrc);
        expect(at).toBe(bytes.length);
        expect(parseRtcp(bytes)).toEqual([
          { kind: "sender-report", ssrc, ntp, ...counts, reports: [] },
          { kind: "source-description", chunks: [{ ssrc, cname: new TextDecoder().decode(name) }] },
          { kind: "goodbye", ssrcs: [ssrc] },
        ]);
      },
    ),
  );
});

test("random and mutated bytes never throw anything but WireError", () => {
  const seeds = (vectors.rtcp as { hex: string }[]).map((vector) => fromHex(vector.hex));
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { maxLength: 4 }))
    .map(([seed, edits]) => {
      const bytes = seed.slice();
      for (const [at, value] of edits) {
        bytes[at % bytes.length] = value;
      }
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (bytes) => {
      try {
        parseRtcp(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
    { numRuns: 5000 },
  );
});
