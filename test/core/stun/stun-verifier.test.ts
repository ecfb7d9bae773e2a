// The verifying kernel through its face: the vectors, and agreement with the view on everything that a seed draws.
import { describe, expect, test } from "vitest";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { PasswordAlgorithm } from "../../../src/core/stun/stun-constants.js";
import { hasValidFingerprint, hasValidIntegrity } from "../../../src/core/stun/stun-integrity.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { MAX_VERIFIED_BYTES, StunVerdict, StunVerifier } from "../../../src/core/stun/stun-verifier.js";
import { fromHex } from "../../sim/hex.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import file from "../../vectors/stun.json" with { type: "json" };
import { drawMessage, mutate } from "./stun-noise.js";

const ALL_RIGHT = 15;

describe.each([false, true])("stun-verify (twins: %s)", async (forceTwins) => {
  const arena = Arena.create({ sizeBytes: 128 * 1024 });
  const kernels = await loadKernels(arena, { forceTwins });
  const verifier = new StunVerifier({ kernels, arena });

  test("the vectors with MESSAGE-INTEGRITY hold, with another key they do not", () => {
    for (const vector of file.vectors) {
      const bytes = fromHex(vector.hex);
      const key =
        vector.realm === undefined
          ? StunKey.shortTerm(vector.password)
          : StunKey.longTerm(vector.username as string, vector.realm, vector.password, PasswordAlgorithm.md5);
      const expected = (vector.hasFingerprint ? 3 : 0) + (vector.integrity === "sha1" ? 12 : 0);
      expect(verifier.verifyBytes(bytes, key)).toBe(expected);
      expect(verifier.verifyBytes(bytes, StunKey.shortTerm("other"))).toBe(expected & ~StunVerdict.integrityIsRight);
      expect(verifier.verifyBytes(bytes, undefined)).toBe(expected & ~StunVerdict.integrityIsRight);
    }
  });

  test("agrees with the view about what is a message, what its fingerprint and its integrity are", () => {
    const random = new SeededRandom(31);
    const keys = [StunKey.shortTerm("one"), StunKey.longTerm("u", "r", "p")] as const;
    let right = 0;
    for (let round = 0; round < 4000; round++) {
      const key = keys[round & 1] as StunKey;
      const drawn = drawMessage(random, { key });
      const bytes = round % 3 === 0 ? drawn : mutate(random, drawn);
      const verdict = verifier.verifyBytes(bytes, key);
      let expected = -1;
      try {
        const message = StunMessage.parse(bytes);
        expected =
          (message.fingerprintAt > 0 ? 1 : 0) +
          (hasValidFingerprint(message) ? 2 : 0) +
          (message.integrityAt > 0 ? 4 : 0) +
          (hasValidIntegrity(message, key) ? 8 : 0);
      } catch {
        // Refused by the view, so it must be by the kernel.
      }
      expect(Math.max(verdict, -1)).toBe(expected);
      right += verdict === ALL_RIGHT ? 1 : 0;
    }
    expect(right).toBeGreaterThan(100);
  });

  test("counts its calls, and refuses ranges outside of the arena and messages too long to copy", () => {
    const before = kernels.counter("stun-verify").calls;
    verifier.verifyBytes(fromHex((file.vectors[0] as { hex: string }).hex), undefined);
    expect(kernels.counter("stun-verify").calls).toBe(before + 1);
    expect(verifier.verifyBytes(new Uint8Array(MAX_VERIFIED_BYTES + 1), undefined)).toBe(-3);
    for (const [address, length] of [
      [-1, 20],
      [arena.memory.sizeBytes - 19, 20],
      [Number.NaN, 20],
    ] as const) {
      expect(() => verifier.verify(address, length, undefined)).toThrow(
        expect.objectContaining({ code: "kernel/range" }),
      );
    }
    expect(arena.isCanaryIntact()).toBe(true);
  });
});
