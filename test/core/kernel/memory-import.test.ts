import { expect, test } from "vitest";
import { decodeBase64 } from "../../../src/core/bytes/base64.js";
import { WireError } from "../../../src/core/error/floe-error.js";
import { importPlainMemory } from "../../../src/core/kernel/memory-import.js";
import { RTP_STAMP } from "../../../src/core/kernel/rtp-stamp-twin.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { ALL_KERNELS } from "./all-kernels.js";

test("plain memory takes one changed byte in each kernel, and the original stays as it is", () => {
  for (const { name, embedded: text } of ALL_KERNELS) {
    const shared = decodeBase64(text);
    const plain = importPlainMemory(shared);
    const changed = [...shared.keys()].filter((i) => shared[i] !== plain[i]);
    expect(changed, name).toHaveLength(1);
    expect([shared[changed[0] as number], plain[changed[0] as number]]).toEqual([3, 1]);
    expect(shared).toEqual(decodeBase64(text));
    expect(WebAssembly.validate(plain as Uint8Array<ArrayBuffer>)).toBe(true);
  }
});

test("what is not a kernel is a WireError, whatever the bytes", () => {
  const random = new SeededRandom(7);
  const kernel = decodeBase64(RTP_STAMP.embedded);
  for (let length = 0; length < 40; length++) {
    expect(() => importPlainMemory(random.bytes(length))).toThrow(WireError);
  }
  for (let round = 0; round < 500; round++) {
    const bytes = kernel.slice(0, 8 + random.integer(60));
    bytes[8 + random.integer(bytes.length)] = random.integer(256);
    try {
      importPlainMemory(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(WireError);
    }
  }
});
