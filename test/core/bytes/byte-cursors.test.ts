import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "../../../src/core/bytes/byte-reader.js";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.js";

const short = expect.objectContaining({ name: "WireError", code: "bytes/short" });
const full = expect.objectContaining({ name: "FloeError", code: "bytes/full" });

test("numbers are big-endian in both directions", () => {
  const bytes = new Uint8Array(18);
  const writer = new ByteWriter(bytes);
  writer.u8(0x01);
  writer.u16(0x0203);
  writer.u24(0x040506);
  writer.u32(0xff080910);
  writer.u64(0xf112131415161718n);
  expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 0xff, 8, 9, 0x10, 0xf1, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
  const reader = new ByteReader(bytes);
  expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u64()]).toEqual([
    1,
    0x0203,
    0x040506,
    0xff080910,
    0xf112131415161718n,
  ]);
});

test("what one cursor wrote the other reads", () => {
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(
      fc.nat(255),
      fc.nat(65_535),
      fc.nat(2 ** 24 - 1),
      u32,
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      (...values) => {
        const [a, b, c, d, e] = values;
        const writer = new ByteWriter(new Uint8Array(18));
        writer.u8(a);
        writer.u16(b);
        writer.u24(c);
        writer.u32(d);
        writer.u64(e);
        const reader = new ByteReader(writer.written);
        expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u64()]).toEqual(values);
        expect(reader.remaining).toBe(0);
      },
    ),
  );
});

describe("a reader", () => {
  test("gives views over the caller's bytes", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const reader = new ByteReader(bytes.subarray(1));
    reader.skip(1);
    const view = reader.bytes(2);
    bytes[2] = 9;
    expect([...view]).toEqual([9, 4]);
    expect([...reader.rest()]).toEqual([5]);
    expect([reader.position, reader.remaining]).toEqual([4, 0]);
  });

  test("throws past the end and stays where it is", () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    reader.u8();
    const reads = [
      () => reader.u24(),
      () => reader.u32(),
      () => reader.u64(),
      () => reader.bytes(3),
      () => reader.skip(3),
    ];
    for (const read of reads) {
      expect(read).toThrow(short);
      expect(reader.position).toBe(1);
    }
    expect(() => reader.skip(-1)).toThrow(short);
    expect(() => reader.bytes(Number.NaN)).toThrow(short);
    expect(reader.u16()).toBe(0x0203);
    expect(() => reader.u8()).toThrow(short);
    expect(() => reader.u16()).toThrow(short);
  });
});

describe("a writer", () => {
  test("writes bytes and zeros into the caller's buffer, and says how far it is", () => {
    const bytes = new Uint8Array(6).fill(0xee);
    const writer = new ByteWriter(bytes);
    writer.bytes(Uint8Array.of(1, 2));
    writer.zeros(3);
    expect([...bytes]).toEqual([1, 2, 0, 0, 0, 0xee]);
    expect([writer.position, writer.remaining]).toEqual([5, 1]);
    expect(writer.written.buffer).toBe(bytes.buffer);
  });

  test("cuts numbers to their width", () => {
    const writer = new ByteWriter(new Uint8Array(7));
    writer.u8(0x1ff);
    writer.u16(-1);
    writer.u32(2 ** 32 + 5);
    expect([...writer.written]).toEqual([0xff, 0xff, 0xff, 0, 0, 0, 5]);
  });

  test("throws when there is no room, and writes nothing", () => {
    const bytes = new Uint8Array(3);
    const writer = new ByteWriter(bytes);
    writer.u8(1);
    const writes = [
      () => writer.u24(0xffffff),
      () => writer.u32(0xffffffff),
      () => writer.u64(1n),
      () => writer.bytes(new Uint8Array(3).fill(7)),
      () => writer.zeros(3),
    ];
    for (const write of writes) {
      expect(write).toThrow(full);
    }
    expect([...bytes]).toEqual([1, 0, 0]);
    expect(writer.position).toBe(1);
  });
});
