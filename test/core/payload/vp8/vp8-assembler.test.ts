// Descriptors, key frames, and what loss does to pictures (RFC 7741).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "../../../../src/core/bytes/hex.js";
import { Vp8Assembler } from "../../../../src/core/payload/vp8/vp8-assembler.js";
import { Vp8Descriptor } from "../../../../src/core/payload/vp8/vp8-descriptor.js";
import { vp8KeyFrameSize } from "../../../../src/core/payload/vp8/vp8-frame-header.js";

/** 640 x 360, with scaling bits that are no part of the size. */
const KEY = "1002009d012a80426881aa";
const DELTA = "310100bb";

class Rig {
  readonly log: string[] = [];
  readonly assembler: Vp8Assembler;

  constructor(maxPictureBytes?: number) {
    this.assembler = new Vp8Assembler({
      ...(maxPictureBytes === undefined ? {} : { maxPictureBytes }),
      receiver: {
        picture: (data, timeUs, size) =>
          this.log.push(`${timeUs}${size === undefined ? "" : ` ${size.width}x${size.height}`} ${encodeHex(data)}`),
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

  begun(): this {
    this.feed(0, `10${KEY}!`);
    this.log.length = 0;
    return this;
  }
}

describe("the payload descriptor (RFC 7741 4.2)", () => {
  test.each([
    ["10aa", { lengthBytes: 1, beginsPicture: true, isDisposable: false, pictureId: -1, keyIndex: -1 }],
    ["33aa", { lengthBytes: 1, beginsPicture: false, isDisposable: true, partition: 3 }],
    ["908011aa", { lengthBytes: 3, pictureId: 0x11, pictureIdBits: 7 }],
    ["9080f123aa", { lengthBytes: 4, pictureId: 0x7123, pictureIdBits: 15 }],
    ["90c01122aa", { lengthBytes: 4, pictureId: 0x11, baseLayerIndex: 0x22 }],
    ["902060aa", { lengthBytes: 3, temporalLayer: 1, isLayerSync: true, keyIndex: -1 }],
    ["901065aa", { lengthBytes: 3, temporalLayer: -1, isLayerSync: false, keyIndex: 5 }],
    ["90f08001ff9faa", { lengthBytes: 6, pictureId: 1, baseLayerIndex: 255, temporalLayer: 2, keyIndex: 31 }],
  ])("%s is read with all of its extensions", (hex, expected) => {
    const descriptor = new Vp8Descriptor();
    expect(descriptor.read(decodeHex(hex))).toBe(true);
    expect(descriptor).toMatchObject(expected);
  });

  test.each([
    "",
    "10",
    "90",
    "9080",
    "908080",
    "90c011",
    "90a011",
    "90f0800122",
    "908011",
  ])("%s is cut short, or has nothing behind it", (hex) =>
    expect(new Vp8Descriptor().read(decodeHex(hex))).toBe(false));
});

test("a key frame says its size without its scaling; one without start code or pixels is none (RFC 6386 9.1)", () => {
  expect(vp8KeyFrameSize(decodeHex(KEY))).toEqual({ width: 640, height: 360 });
  expect(vp8KeyFrameSize(decodeHex(KEY.replace("9d012a", "9d012b")))).toBeUndefined();
  expect(vp8KeyFrameSize(decodeHex("1002009d012a0000688100"))).toBeUndefined();
  expect(vp8KeyFrameSize(decodeHex(KEY.slice(0, 18)))).toBeUndefined();
});

describe("pictures", () => {
  test("are put together from packets and partitions, and end with the marker", () => {
    const rig = new Rig().feed(1, `10${KEY}`, "00cc", "11dd!").feed(2, `10${DELTA}`, "00ee!");
    expect(rig.log).toEqual([`1 640x360 ${KEY}ccdd`, `2 ${DELTA}ee`]);
  });

  test("end with the beginning of the next where a sender sets no markers", () => {
    const rig = new Rig().feed(1, `10${KEY}`).feed(2, `10${DELTA}`).feed(3, `10${DELTA}`);
    expect(rig.log).toEqual([`1 640x360 ${KEY}`, `2 ${DELTA}`]);
  });

  test("before the first key frame are dropped, and a key frame is asked for each half second", () => {
    const rig = new Rig();
    for (let timeUs = 0; timeUs <= 1_000_000; timeUs += 250_000) {
      rig.feed(timeUs, `10${DELTA}!`);
    }
    expect(rig.log.filter((line) => line === "key!").length).toBe(3);
    expect(rig.log.filter((line) => line.endsWith("awaiting-key")).length).toBe(5);
  });

  test("over the bound are dropped whole", () => {
    const rig = new Rig(12).feed(1, `10${KEY}`, "00cccc!").feed(2, `10${KEY}!`);
    expect(rig.log).toEqual(["1 oversized", "key!", `2 640x360 ${KEY}`]);
  });

  test("that claim to be key frames and are none are malformed", () => {
    expect(new Rig().begun().feed(1, "1010aabbcc!").log).toEqual(["1 malformed", "key!"]);
  });
});

describe("loss", () => {
  test.each([
    ["in the middle", [`10${DELTA}`, "-00aa!"]],
    ["at the beginning", ["-00aa!"]],
    ["of a descriptor", [`10${DELTA}`, "90!"]],
  ])("%s of a picture drops it and all behind it up to the next key frame", (_, packets) => {
    const rig = new Rig()
      .begun()
      .feed(1, ...packets)
      .feed(2, `10${DELTA}!`)
      .feed(3, `10${KEY}!`)
      .feed(4, `10${DELTA}!`);
    expect(rig.log).toEqual(["1 incomplete", "key!", "2 awaiting-key", `3 640x360 ${KEY}`, `4 ${DELTA}`]);
  });

  test("at the end of a picture, or of a whole one, stops the pictures too", () => {
    expect(new Rig().begun().feed(1, `10${DELTA}`).feed(2, `-10${DELTA}!`).log).toEqual([
      "1 incomplete",
      "key!",
      "2 awaiting-key",
    ]);
    expect(new Rig().begun().feed(2, `-10${DELTA}!`).log).toEqual(["2 awaiting-key", "key!"]);
  });

  test("within a picture that no other needs (N) leaves no trace", () => {
    const rig = new Rig().begun().feed(1, `30${DELTA}`, "-20aa!").feed(2, `10${DELTA}!`);
    expect(rig.log).toEqual(["1 incomplete", `2 ${DELTA}`]);
    // Here the picture in front may be lost as well.
    expect(new Rig().begun().feed(1, "-20aa!").feed(2, `10${DELTA}!`).log.at(-1)).toBe("2 awaiting-key");
  });

  test("between two pictures whose numbers follow each other was no picture: a probe", () => {
    const rig = new Rig().feed(0, `9080ffff${KEY}!`).feed(1, `-90808000${DELTA}!`).feed(2, `-90808002${DELTA}!`);
    expect(rig.log).toEqual([`0 640x360 ${KEY}`, `1 ${DELTA}`, "2 awaiting-key", "key!"]);
  });

  test("of a sender that began anew waits for its key frame", () => {
    const rig = new Rig().begun();
    rig.assembler.restart();
    expect(rig.feed(1, `10${DELTA}!`).feed(2, `10${KEY}!`).log).toEqual(["1 awaiting-key", "key!", `2 640x360 ${KEY}`]);
  });
});

test("no payload makes it throw, and what it hands on is within the bound", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(3), fc.boolean(), fc.nat(2)), { maxLength: 60 }),
      (packets) => {
        let largest = 0;
        const receiver = {
          picture: (data: Uint8Array) => {
            largest = Math.max(largest, data.length);
          },
          pictureDropped: () => {},
          keyFrameNeeded: () => {},
        };
        const assembler = new Vp8Assembler({ receiver, maxPictureBytes: 64 });
        packets.forEach(([payload, timestamp, marker, missing], i) => {
          assembler.add(payload, timestamp, i, marker, missing);
        });
        assembler.flush();
        expect(largest).toBeLessThanOrEqual(64);
      },
    ),
    { numRuns: 1000 },
  );
});
