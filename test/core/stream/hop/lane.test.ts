import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { FRAME_HEAD_BYTES, FrameReader } from "../../../../src/core/stream/hop/frame.js";
import type { LaneReader, LaneWriter } from "../../../../src/core/stream/hop/lane.js";
import { MessageReader, MessageWriter } from "../../../../src/core/stream/hop/message-lane.js";
import { bytesFieldLength, textFieldLength } from "../../../../src/core/stream/hop/packet-fields.js";
import { makeRing, RingReader, RingWriter } from "../../../../src/core/stream/hop/ring-lane.js";
import { policePackets } from "../../../../src/core/stream/policing.js";
import { turns } from "../kit.js";

const SIZE = 4096;
const MAX_BYTES = SIZE / 2 - FRAME_HEAD_BYTES;

type Lane = { readonly writer: LaneWriter; readonly reader: LaneReader };

function ring(): Lane {
  const memory = makeRing(SIZE);
  return { writer: new RingWriter(memory, () => {}), reader: new RingReader(memory, () => {}) };
}

function messages(): Lane {
  const reader = new MessageReader(SIZE, (taken) => writer.taken(taken));
  const writer: MessageWriter = new MessageWriter(SIZE, (frames, transfer) =>
    reader.arrived(structuredClone(frames, { transfer: [...transfer] })),
  );
  return { writer, reader };
}

/** Writes a frame whose bytes tell its number, out of memory that is aligned in some way; false when there is no room. */
function write({ writer }: Lane, number: number, lengthBytes: number): boolean {
  const bytes = new Uint8Array(lengthBytes + 8).subarray(number % 8, (number % 8) + lengthBytes).fill(number);
  const frame = writer.open(4 + bytesFieldLength(lengthBytes));
  if (frame === undefined) {
    return false;
  }
  frame.begin(1, 0, 0, number);
  frame.u32(lengthBytes);
  frame.bytes(bytes);
  writer.commit();
  return true;
}

/** Reads all frames of one take: number and length of each, checked against its bytes. */
function takeSome({ reader }: Lane): [number, number][] {
  const chunk = reader.take();
  const got: [number, number][] = [];
  if (chunk !== undefined) {
    const frame = new FrameReader(chunk);
    while (frame.next()) {
      const lengthBytes = frame.u32();
      const bytes = frame.bytes();
      const release = frame.lease();
      expect(bytes.byteLength).toBe(lengthBytes);
      expect(bytes.every((byte) => byte === (frame.timeUs & 0xff))).toBe(true);
      got.push([frame.timeUs, lengthBytes]);
      release?.();
    }
  }
  return got;
}

const lanes: readonly { readonly kind: string; readonly make: () => Lane }[] = [
  ...(typeof SharedArrayBuffer === "undefined" ? [] : [{ kind: "ring", make: ring }]),
  { kind: "messages", make: messages },
];

describe.each(lanes)("a lane by $kind", ({ make }) => {
  test("any sizes, written and read in any turns: every frame once, in order, with its bytes; never more than its size", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ write: fc.integer({ min: 0, max: MAX_BYTES - 19 }) }) },
      { weight: 3, arbitrary: fc.record({ write: fc.integer({ min: 0, max: 64 }) }) },
      { weight: 2, arbitrary: fc.constant("read" as const) },
      { weight: 1, arbitrary: fc.constant("flush" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lane = make();
        const sent: [number, number][] = [];
        const got: [number, number][] = [];
        let underWay = 0;
        for (const each of steps) {
          if (each === "read") {
            const some = takeSome(lane);
            got.push(...some);
            underWay -= some.reduce((sum, [, lengthBytes]) => sum + lengthBytes, 0);
          } else if (each === "flush") {
            lane.writer.flush();
          } else if (write(lane, sent.length, each.write)) {
            sent.push([sent.length, each.write]);
            underWay += each.write;
            expect(underWay).toBeLessThanOrEqual(SIZE);
          }
        }
        lane.writer.flush();
        for (let some = takeSome(lane); some.length > 0; some = takeSome(lane)) {
          got.push(...some);
        }
        expect(got).toEqual(sent);
        expect(lane.writer.frames).toBe(sent.length);
        // Wherever the lane stands, what is empty takes the largest frame.
        expect(write(lane, 0, MAX_BYTES - 19)).toBe(true);
      }),
      { seed: 20261128, numRuns: 300 },
    );
  });

  test("frames are seen at the end of the turn, and one wake serves all of them", async () => {
    const lane = make();
    let wakes = 0;
    expect(lane.reader.sleep(() => wakes++)).toBe(true);
    for (let i = 0; i < 10; i++) {
      write(lane, i, 20);
    }
    expect(lane.reader.take()).toBeUndefined();
    await expect.poll(() => wakes).toBe(1);
    expect(takeSome(lane)).toHaveLength(10);
    expect(lane.reader.sleep(() => {})).toBe(true);
  });

  test("a writer that found no room is called when there is some, and not before", async () => {
    const lane = make();
    let calls = 0;
    lane.writer.onRoom = () => calls++;
    let count = 0;
    while (write(lane, count, 500)) {
      count++;
    }
    await turns();
    expect(calls).toBe(0);
    for (let some = takeSome(lane); some.length > 0; some = takeSome(lane)) {
      await turns();
    }
    await expect.poll(() => calls).toBe(1);
    expect(write(lane, 0, 500)).toBe(true);
  });

  test("a codec that writes more than it has measured is refused before it harms its neighbours", () => {
    const lane = make();
    write(lane, 1, 10);
    const frame = lane.writer.open(8);
    frame?.begin(1, 0, 0, 0);
    frame?.f64(1);
    expect(() => frame?.u32(1)).toThrow(expect.objectContaining({ code: "hop/codec" }));
    write(lane, 2, 20);
    lane.writer.flush();
    expect(takeSome(lane)).toEqual([
      [1, 10],
      [2, 20],
    ]);
  });

  test("a closed writer takes nothing and tells nothing", () => {
    const lane = make();
    write(lane, 0, 10);
    lane.writer.close();
    expect(write(lane, 1, 10)).toBe(false);
    expect(takeSome(lane)).toEqual([[0, 10]]);
    lane.reader.close();
  });
});

describe("a frame", () => {
  test("is read as it was written, whatever its fields and alignments", () => {
    const field = fc.oneof(
      fc.record({ u32: fc.nat(0xffffffff) }),
      fc.record({ f64: fc.double() }),
      fc.record({ text: fc.string({ unit: "grapheme" }) }),
      fc.record({ bytes: fc.uint8Array({ maxLength: 100 }), shift: fc.nat(7) }),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 12 }), fc.nat(0xffffffff), fc.double(), (fields, flags, timeUs) => {
        const { writer, reader } = messages();
        const measured = fields.reduce((sum, each) => {
          if ("text" in each) {
            return sum + textFieldLength(each.text);
          }
          return sum + ("bytes" in each ? bytesFieldLength(each.bytes.length) : 8);
        }, 0);
        const frame = writer.open(measured);
        if (frame === undefined) {
          // More than the lane holds.
          expect(measured + FRAME_HEAD_BYTES).toBeGreaterThan(SIZE - 8);
          return;
        }
        frame.begin(3, flags, 5, timeUs);
        for (const each of fields) {
          if ("u32" in each) {
            frame.u32(each.u32);
          } else if ("f64" in each) {
            frame.f64(each.f64);
          } else if ("text" in each) {
            frame.text(each.text);
          } else {
            const padded = new Uint8Array(each.bytes.length + each.shift);
            padded.set(each.bytes, each.shift);
            frame.bytes(padded.subarray(each.shift));
          }
        }
        expect(writer.commit()).toBeLessThanOrEqual(measured + FRAME_HEAD_BYTES + 7);
        writer.flush();
        const chunk = reader.take();
        const read = chunk === undefined ? undefined : new FrameReader(chunk);
        expect(read?.next()).toBe(true);
        expect([read?.codec, read?.flags, read?.steps, read?.timeUs]).toEqual([3, flags, 5, timeUs]);
        for (const each of fields) {
          if ("u32" in each) {
            expect(read?.u32()).toBe(each.u32);
          } else if ("f64" in each) {
            expect(read?.f64()).toBe(each.f64);
          } else if ("text" in each) {
            expect(read?.text()).toBe(each.text);
          } else {
            expect(read?.bytes()).toEqual(each.bytes);
          }
        }
        expect(read?.next()).toBe(false);
      }),
      { seed: 20261128, numRuns: 300 },
    );
  });

  test("refuses to be read beyond its end, and bytes that no writer wrote", () => {
    const lane = messages();
    write(lane, 0, 10);
    write(lane, 1, 10);
    lane.writer.flush();
    const chunk = lane.reader.take();
    const frame = chunk === undefined ? undefined : new FrameReader(chunk);
    frame?.next();
    frame?.u32();
    frame?.bytes();
    expect(() => frame?.f64()).toThrow("8 bytes wanted, ");
    chunk?.bytes.fill(255);
    expect(() => frame?.next()).toThrow("A frame of 4294967295 bytes in ");
  });
});

const withRings = typeof SharedArrayBuffer === "undefined" ? describe.each<string>([]) : describe.each(["memory"]);

withRings("the %s that packets come out of a ring in", () => {
  afterEach(() => policePackets(false));

  function readOne(lane: Lane): { readonly bytes: Uint8Array; readonly release: (() => void) | undefined } {
    write(lane, 7, 100);
    lane.writer.flush();
    const chunk = lane.reader.take();
    if (chunk === undefined) {
      throw new Error("nothing came");
    }
    const frame = new FrameReader(chunk);
    frame.next();
    frame.u32();
    const read = { bytes: frame.bytes(), release: frame.lease() };
    frame.next();
    return read;
  }

  test("is used again when every packet in it has been released", () => {
    const lane = ring();
    const first = readOne(lane);
    const second = readOne(lane);
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    first.release?.();
    expect(readOne(lane).bytes.buffer).toBe(first.bytes.buffer);
  });

  test("is never used again when a codec keeps bytes without a lease", () => {
    const lane = ring();
    write(lane, 7, 100);
    write(lane, 7, 100);
    lane.writer.flush();
    const chunk = lane.reader.take();
    const frame = chunk === undefined ? undefined : new FrameReader(chunk);
    frame?.next();
    frame?.u32();
    const kept = frame?.bytes();
    frame?.next();
    frame?.u32();
    frame?.bytes();
    frame?.lease()?.();
    frame?.next();
    expect(readOne(lane).bytes.buffer).not.toBe(kept?.buffer);
  });

  test("is not used again while packets are policed: released bytes stay poisoned", () => {
    policePackets(true);
    expect(readOne(ring()).release).toBeUndefined();
  });
});
