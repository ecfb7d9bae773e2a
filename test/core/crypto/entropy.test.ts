import { expect, test } from "vitest";
import { type Entropy, randomId, randomU32 } from "../../../src/core/crypto/entropy.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

/** Gives these bytes, one after the other. */
function scripted(...script: readonly number[]): Entropy {
  let at = 0;
  return {
    fill(bytes) {
      for (let i = 0; i < bytes.length; i++) {
        bytes[i] = script[at++];
      }
    },
  };
}

test("a random number is read big-endian and unsigned", () => {
  expect(randomU32(scripted(0xff, 0x00, 0x01, 0x02))).toBe(0xff000102);
});

test("a random number is never 0, which means no SSRC in RTCP", () => {
  expect(randomU32(scripted(0, 0, 0, 0, 0, 0, 0, 7))).toBe(7);
});

test("an identifier has the length that was asked for, of characters that need no escape in a URL", () => {
  const id = randomId(new SeededEntropy(3), 4096);
  expect(id).toMatch(/^[A-Za-z0-9_-]{4096}$/);
  expect(new Set(id).size).toBe(64);
  expect(randomId(new SeededEntropy(3), 0)).toBe("");
});

test("every one of the 64 characters is equally likely: 6 bits of each byte count", () => {
  const all = randomId(scripted(...Array.from({ length: 256 }, (_, i) => i)), 256);
  for (const character of new Set(all)) {
    expect(all.split(character).length - 1).toBe(4);
  }
});
