// The digests against published vectors: RFC 1321, 3174, 6234, 2202, 4231, and the check value of CRC-32.
import { describe, expect, test } from "vitest";
import { encodeHex } from "../../../src/core/bytes/hex.js";
import { type BlockHash, digest, HashStream } from "../../../src/core/crypto/block-hash.js";
import { crc32 } from "../../../src/core/crypto/crc32.js";
import { equalBytes } from "../../../src/core/crypto/equal-bytes.js";
import { HmacKey } from "../../../src/core/crypto/hmac.js";
import { MD5 } from "../../../src/core/crypto/md5.js";
import { SHA1 } from "../../../src/core/crypto/sha1.js";
import { SHA256 } from "../../../src/core/crypto/sha256.js";
import { SeededRandom } from "../../sim/seeded-random.js";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const TWO_BLOCKS = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

describe("digests", () => {
  test.each<[string, BlockHash, string, string]>([
    ["MD5 of nothing (RFC 1321 A.5)", MD5, "", "d41d8cd98f00b204e9800998ecf8427e"],
    ["MD5 of abc", MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["MD5 of 62 letters", MD5, ALNUM, "d174ab98d277d9f5a5611c2c9f419d9f"],
    ["MD5 of 80 digits", MD5, "1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
    ["SHA-1 of nothing", SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    ["SHA-1 of abc (RFC 3174 7.3)", SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["SHA-1 of 56 letters", SHA1, TWO_BLOCKS, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
    ["SHA-256 of nothing", SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [
      "SHA-256 of abc (RFC 6234 8.5)",
      SHA256,
      "abc",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ],
    ["SHA-256 of 56 letters", SHA256, TWO_BLOCKS, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"],
  ])("%s", (_, hash, text, expected) => {
    expect(encodeHex(digest(hash, ascii(text)))).toBe(expected);
  });

  test("a million letters, in uneven pieces (RFC 3174 7.3, RFC 6234 8.5)", () => {
    const piece = ascii("a".repeat(997));
    for (const [hash, expected] of [
      [SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
      [SHA256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
      [MD5, "7707d6ae4e027c70eea2a935c2296f21"],
    ] as const) {
      const stream = new HashStream(hash);
      for (let left = 1_000_000; left > 0; left -= piece.length) {
        stream.update(piece, 0, Math.min(left, piece.length));
      }
      const out = new Uint8Array(hash.digestBytes + 2);
      stream.finish(out, 1);
      expect(encodeHex(out)).toBe(`00${expected}00`);
    }
  });

  test("pieces of any size give the digest of the whole", () => {
    const random = new SeededRandom(21);
    for (const hash of [MD5, SHA1, SHA256]) {
      for (let length = 0; length < 200; length++) {
        const bytes = random.bytes(length);
        const stream = new HashStream(hash);
        for (let at = 0; at < length; ) {
          const to = Math.min(length, at + 1 + random.integer(90));
          stream.update(bytes, at, to);
          at = to;
        }
        const out = new Uint8Array(hash.digestBytes);
        stream.finish(out);
        expect(out).toEqual(digest(hash, bytes));
      }
    }
  });
});

describe("HMAC", () => {
  const repeated = (byte: number, count: number): Uint8Array => new Uint8Array(count).fill(byte);

  test.each<[string, BlockHash, Uint8Array, Uint8Array, string]>([
    ["RFC 2202 MD5 2", MD5, ascii("Jefe"), ascii("what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738"],
    ["RFC 2202 SHA-1 1", SHA1, repeated(0x0b, 20), ascii("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00"],
    [
      "RFC 2202 SHA-1 2",
      SHA1,
      ascii("Jefe"),
      ascii("what do ya want for nothing?"),
      "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    ],
    [
      "RFC 2202 SHA-1 6, a key longer than a block",
      SHA1,
      repeated(0xaa, 80),
      ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
      "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    ],
    [
      "RFC 4231 2",
      SHA256,
      ascii("Jefe"),
      ascii("what do ya want for nothing?"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      "RFC 4231 6",
      SHA256,
      repeated(0xaa, 131),
      ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ])("%s", (_, hash, key, message, expected) => {
    const hmac = new HmacKey(hash, key);
    expect(encodeHex(hmac.sign(message))).toBe(expected);
    // The pads are kept: a second signature is the same.
    expect(encodeHex(hmac.sign(message))).toBe(expected);
  });
});

test("CRC-32 of 123456789 is its published check value, and of any cut the same as byte by byte", () => {
  expect(crc32(ascii("123456789"))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
  const bytes = new SeededRandom(22).bytes(120);
  for (let from = 0; from < 20; from++) {
    for (let to = from; to <= bytes.length; to++) {
      let crc = 0xffffffff;
      for (const byte of bytes.subarray(from, to)) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) {
          crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
        }
      }
      expect(crc32(bytes, from, to)).toBe(~crc >>> 0);
    }
  }
});

test("equalBytes tells a difference in any byte, and looks nowhere else", () => {
  const a = new SeededRandom(23).bytes(40);
  for (let at = 0; at < 40; at++) {
    const b = a.slice();
    b[at] ^= 1;
    expect(equalBytes(a, 4, b, 4, 20)).toBe(at < 4 || at >= 24);
  }
});
