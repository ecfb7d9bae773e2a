// What loss does to pictures. NAL units are two bytes here: header and first payload byte (0x80: first macroblock of the picture).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { H264Assembler, type H264AssemblerOptions } from "../../../../src/core/payload/h264/h264-assembler.js";

const SPS = "6742c01fda";
const PPS = "68ce3c80";
const SETS = `0000000${"1"}${SPS}00000001${PPS}`;
const STAP = `7800${"05"}${SPS}0004${PPS}`;

class Rig {
  readonly log: string[] = [];
  readonly assembler: H264Assembler;

  constructor(options: Omit<H264AssemblerOptions, "receiver"> = {}) {
    this.assembler = new H264Assembler({
      ...options,
      receiver: {
        accessUnit: (data, timeUs, isKey) => this.log.push(`${timeUs}${isKey ? " key" : ""} ${encodeHex(data)}`),
        pictureDropped: (timeUs, reason) => this.log.push(`${timeUs} ${reason}`),
        keyFrameNeeded: () => this.log.push("key!"),
      },
    });
  }

  /** `!` at the end is the marker, `-` in front a packet that is missing. */
  feed(timestamp: number, ...packets: string[]): this {
    for (const packet of packets) {
      const missing = packet.lastIndexOf("-") + 1;
      const payload = decodeHex(packet.replaceAll("-", "").replace("!", ""));
      this.assembler.add(payload, timestamp, timestamp, packet.endsWith("!"), missing);
    }
    return this;
  }

  /** Starts with a whole key frame and forgets that it was told. */
  begun(): this {
    this.feed(0, STAP, "6588!");
    this.log.length = 0;
    return this;
  }
}

describe("whole pictures", () => {
  test("one timestamp is one access unit, from single NAL units, STAP-A and FU-A (RFC 6184 5.1)", () => {
    const rig = new Rig().feed(1, STAP, "7c8588", "7c0501", "7c4502!").feed(2, "419a", "4101!");
    expect(rig.log).toEqual([`1 key ${SETS}0000000165880102`, "2 00000001419a000000014101"]);
  });

  test("a sender that sets no markers ends an access unit by beginning the next one", () => {
    const rig = new Rig().feed(1, STAP, "6588").feed(2, "419a").feed(3, "419b");
    expect(rig.log).toEqual([`1 key ${SETS}000000016588`, "2 00000001419a"]);
  });

  test("parameter sets in packets of their own go with the picture behind them, whatever their timestamp and marker", () => {
    const rig = new Rig().feed(1, `${SPS}!`).feed(2, PPS).feed(3, "6588!");
    expect(rig.log).toEqual([`3 key ${SETS}000000016588`]);
  });

  test("delimiters and filler are left out", () => {
    expect(new Rig().begun().feed(1, "09f0", "419a", "0cff!").log).toEqual(["1 00000001419a"]);
  });

  test("a key frame that comes without its parameter sets gets the ones that were told before", () => {
    const rig = new Rig().begun().feed(1, "6588!");
    expect(rig.log).toEqual([`1 key ${SETS}000000016588`]);
  });

  test("parameter sets may come from the session description", () => {
    const rig = new Rig();
    rig.assembler.parameterSets.remember(decodeHex(SPS));
    rig.assembler.parameterSets.remember(decodeHex(PPS));
    // Out of band, so nothing of them can be lost in the gap.
    expect(rig.feed(1, "-6588!").log).toEqual([`1 key ${SETS}000000016588`]);
  });
});

describe("loss", () => {
  test("a picture that lacks a fragment, a slice or its beginning is dropped, and so is everything up to the next key frame", () => {
    for (const packets of [["7c819a", "-7c4102!"], ["419a", "-4101!"], ["-4101!"], ["-7c4102!"]]) {
      const rig = new Rig()
        .begun()
        .feed(1, ...packets)
        .feed(2, "419a!")
        .feed(3, STAP, "6588!")
        .feed(4, "419a!");
      expect(rig.log, packets.join()).toEqual([
        "1 incomplete",
        "key!",
        "2 awaiting-key",
        `3 key ${SETS}000000016588`,
        "4 00000001419a",
      ]);
    }
  });

  test("the packet with the marker is lost: the picture may lack its end", () => {
    const rig = new Rig().begun().feed(1, "419a").feed(2, "-419a!");
    expect(rig.log).toEqual(["1 incomplete", "key!", "2 awaiting-key"]);
  });

  test("a whole picture is lost: the next one is there, but builds on it", () => {
    expect(new Rig().begun().feed(2, "-419a!").log).toEqual(["2 awaiting-key", "key!"]);
  });

  test("a loss right in front of a whole key frame costs nothing", () => {
    expect(new Rig().begun().feed(2, `-${STAP}`, "6588!").log).toEqual([`2 key ${SETS}000000016588`]);
  });

  test("a key frame whose parameter sets may be in the gap is not decoded with old ones", () => {
    const other = "6742c01fdb";
    const rig = new Rig().begun().feed(2, "-6588!");
    expect(rig.log).toEqual(["2 incomplete", "key!"]);
    rig.log.length = 0;
    rig.feed(3, other, PPS, "6588!");
    expect(rig.log).toEqual([`3 key 00000001${other}00000001${PPS}000000016588`]);
  });

  test("a key frame of which only the parameter sets came is asked for again", () => {
    const rig = new Rig().begun().feed(1, "-4101!").feed(2, STAP, "-7c4502!").feed(3, "419a!");
    expect(rig.log).toEqual(["1 incomplete", "key!", "2 incomplete", "key!", "3 awaiting-key"]);
  });

  test("a key frame of which nothing came is asked for again after half a second of media", () => {
    const rig = new Rig()
      .begun()
      .feed(1, "-4101!")
      .feed(400_000, "-419a!")
      .feed(500_001, "419a!")
      .feed(900_000, "419a!");
    expect(rig.log).toEqual([
      "1 incomplete",
      "key!",
      "400000 awaiting-key",
      "500001 awaiting-key",
      "key!",
      "900000 awaiting-key",
    ]);
  });

  test("a key frame is asked for once, and once more when the answer is lost", () => {
    const rig = new Rig().begun().feed(1, "-4101!").feed(2, "419a!").feed(3, STAP, "-6501!").feed(4, "419a!");
    expect(rig.log).toEqual(["1 incomplete", "key!", "2 awaiting-key", "3 incomplete", "key!", "4 awaiting-key"]);
  });

  test("who comes in the middle waits for a key frame, and for its parameter sets", () => {
    const rig = new Rig().feed(1, "419a!").feed(2, "6588!").feed(3, STAP, "6588!");
    expect(rig.log).toEqual(["1 awaiting-key", "key!", "2 no-parameter-sets", "key!", `3 key ${SETS}000000016588`]);
  });

  test("go-on hands on whatever is whole, for streams that heal without key frames", () => {
    const rig = new Rig({ afterLoss: "go-on" }).feed(1, "419a!").feed(2, "7c819a", "-7c4102!").feed(4, "-419b!");
    expect(rig.log).toEqual(["1 00000001419a", "2 incomplete", "4 00000001419b"]);
  });

  test("a payload that breaks RFC 6184 damages its picture; types that receivers ignore do not", () => {
    expect(new Rig().begun().feed(1, "419a", "7800!").log).toEqual(["1 incomplete", "key!"]);
    expect(new Rig().begun().feed(1, "419a", "7e01!").log).toEqual(["1 00000001419a"]);
  });

  test("a fragment without its end damages the picture, at the marker and at the next timestamp", () => {
    expect(new Rig().begun().feed(1, "7c819a!").log).toEqual(["1 incomplete", "key!"]);
    expect(new Rig().begun().feed(1, "7c819a").feed(2, "419a!").log).toEqual([
      "1 incomplete",
      "key!",
      "2 awaiting-key",
    ]);
  });

  test("an access unit above the bound is dropped, and the next key frame is taken", () => {
    const rig = new Rig({ maxAccessUnitBytes: 40 }).begun().feed(1, "419a", `41${"00".repeat(38)}!`);
    expect(rig.feed(2, STAP, "6588!").log).toEqual(["1 oversized", "key!", `2 key ${SETS}000000016588`]);
    // No room for the parameter sets that must go in front.
    const tight = new Rig({ maxAccessUnitBytes: 27 }).begun().feed(1, "65880000000000!");
    expect(tight.log).toEqual(["1 oversized", "key!"]);
  });
});

test("another sequence gives up what is under way and waits for its own key frame", () => {
  const rig = new Rig().begun().feed(1, "419a");
  rig.assembler.restart();
  rig.feed(900, "419a!").feed(901, STAP, "6588!");
  expect(rig.log).toEqual(["1 incomplete", "key!", "900 awaiting-key", "key!", `901 key ${SETS}000000016588`]);
});

test("at the end, what has no marker yet is given up", () => {
  const rig = new Rig().begun().feed(1, "419a");
  rig.assembler.flush();
  rig.assembler.flush();
  expect(rig.log).toEqual(["1 incomplete", "key!"]);
});

test("garbage never throws, and nothing is handed on without a key frame in front", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc
      .tuple(fc.constantFrom(0x78, 0x7c, 0x5c, 0x67, 0x68, 0x65, 0x41), fc.uint8Array({ maxLength: 30 }))
      .map(([head, rest]) => Uint8Array.of(head, ...rest)),
  );
  const packet = fc.tuple(payload, fc.integer({ min: 0, max: 4 }), fc.boolean(), fc.integer({ min: 0, max: 2 }));
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
      const rig = new Rig({ maxAccessUnitBytes: 60 });
      for (const [bytes, timestamp, marker, missing] of packets) {
        rig.assembler.add(bytes, timestamp, timestamp, marker, missing);
      }
      const handedOn = rig.log.filter((line) => / 0000/.test(line));
      expect(handedOn[0] ?? " key ").toContain(" key ");
    }),
    { numRuns: 300 },
  );
});
