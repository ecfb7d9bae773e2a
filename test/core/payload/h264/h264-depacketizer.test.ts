import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { H264Depacketizer } from "../../../../src/core/payload/h264/h264-depacketizer.js";

const NONE = { nalUnits: 0, malformed: 0, unsupported: 0, incomplete: 0, oversized: 0 };

/** Feeds payloads given in hexadecimal; "-" is a lost packet. */
function feed(
  payloads: readonly string[],
  depacketizer = new H264Depacketizer(),
): [string[], H264Depacketizer["counters"]] {
  const nalUnits: string[] = [];
  for (const payload of payloads) {
    if (payload === "-") {
      depacketizer.packetLost();
    } else {
      depacketizer.depacketize(decodeHex(payload), (nalUnit) => nalUnits.push(encodeHex(nalUnit)));
    }
  }
  return [nalUnits, depacketizer.counters];
}

describe("the H.264 depacketizer", () => {
  test("takes a single NAL unit as it is (RFC 6184 5.6)", () => {
    expect(feed(["65010203", "41"])).toEqual([["65010203", "41"], { ...NONE, nalUnits: 2 }]);
  });

  test("takes a STAP-A apart (RFC 6184 5.7.1)", () => {
    expect(feed(["78000267010003680203"])).toEqual([["6701", "680203"], { ...NONE, nalUnits: 2 }]);
  });

  test("puts FU-A fragments together and restores the header (RFC 6184 5.8)", () => {
    expect(feed(["7c850102", "7c0503", "7c4504"])).toEqual([["6501020304"], { ...NONE, nalUnits: 1 }]);
  });

  test("accepts a fragment that is the beginning and the end, and empty fragments", () => {
    expect(feed(["7cc501", "5c81", "5c4102"])).toEqual([["6501", "4102"], { ...NONE, nalUnits: 2 }]);
  });

  test("gives up a NAL unit when one of its fragments is lost, and takes the next one", () => {
    expect(feed(["7c8501", "-", "7c4503", "41"])).toEqual([["41"], { ...NONE, nalUnits: 1, incomplete: 2 }]);
  });

  test("gives up a NAL unit that another one interrupts", () => {
    expect(feed(["7c8501", "41", "7c4502"])).toEqual([["41"], { ...NONE, nalUnits: 1, incomplete: 2 }]);
    expect(feed(["7c8501", "5c8102", "5c4103"])).toEqual([["410203"], { ...NONE, nalUnits: 1, incomplete: 1 }]);
    expect(feed(["7c8501", "5c4102"])).toEqual([[], { ...NONE, incomplete: 2 }]);
  });

  test("a reset forgets the unit in progress", () => {
    const depacketizer = new H264Depacketizer();
    feed(["7c8501"], depacketizer);
    depacketizer.reset();
    expect(feed(["41"], depacketizer)).toEqual([["41"], { ...NONE, nalUnits: 1 }]);
  });

  test("hands on nothing of a STAP-A that is cut short, empty, or holds what it must not", () => {
    const cut = ["78", "7800", "780001", "7800026701ff", "780002670100", "78000267010001"];
    for (const payload of [...cut, "78000067", "7800017c", "78000178", "78000100"]) {
      expect(feed([payload]), payload).toEqual([[], { ...NONE, malformed: 1 }]);
    }
  });

  test("counts empty payloads and fragments without a header as malformed", () => {
    expect(feed(["", "7c", "7c80", "7c9c01"])).toEqual([[], { ...NONE, malformed: 4 }]);
  });

  test("counts types that packetization-mode 1 does not use (RFC 6184 table 3)", () => {
    expect(feed(["7900", "7a00", "7b00", "7d85", "7e00", "7f00", "6000"])).toEqual([[], { ...NONE, unsupported: 7 }]);
  });

  test("drops a NAL unit above its bound, and takes the next one", () => {
    const depacketizer = new H264Depacketizer({ maxNalUnitBytes: 4 });
    const fed = feed(["7c85010203", "7c4504", "7c8501020304", "7c4505", "7c8501", "7c4502"], depacketizer);
    expect(fed).toEqual([["650102"], { ...NONE, nalUnits: 1, oversized: 2, incomplete: 1 }]);
  });

  test("grows its buffer for a large NAL unit", () => {
    const depacketizer = new H264Depacketizer();
    const part = new Uint8Array(60_002).fill(7);
    let size = 0;
    for (const fuHeader of [0x85, 0x05, 0x05, 0x45]) {
      part.set([0x7c, fuHeader]);
      depacketizer.depacketize(part, (nalUnit) => {
        size = nalUnit.length;
        expect(nalUnit[0]).toBe(0x65);
        expect(nalUnit.subarray(1).every((byte) => byte === 7)).toBe(true);
      });
    }
    expect(size).toBe(240_001);
  });

  test("garbage never throws: every payload is a NAL unit, a part of one, or counted", () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom(0x78, 0x7c, 0x5c, 0x67, 0x79), fc.uint8Array({ maxLength: 40 }))
        .map(([head, rest]) => Uint8Array.of(head, ...rest)),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 30 }), (payloads) => {
        const depacketizer = new H264Depacketizer({ maxNalUnitBytes: 100 });
        for (const bytes of payloads) {
          depacketizer.depacketize(bytes, (nalUnit) => {
            expect(nalUnit.length).toBeGreaterThan(0);
            expect((nalUnit[0] as number) & 31).toBeLessThan(24);
            expect((nalUnit[0] as number) & 31).not.toBe(0);
          });
        }
      }),
      { numRuns: 500 },
    );
  });
});
