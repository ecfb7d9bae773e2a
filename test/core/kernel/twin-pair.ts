// Two arenas of one layout, one worked on by kernels and one by their twins, and the comparison of every byte of both.
import { expect } from "vitest";
import type { Arena } from "../../../src/core/kernel/arena.js";
import { createBench, firstDifference } from "./memories.js";

/** Both sides of a comparison, the kernels' first. */
export interface TwinPair<Side> {
  readonly sides: readonly [Side, Side];
  /** Does the same on both sides and expects the same answer, which it gives. */
  both<Answer>(act: (side: Side) => Answer): Answer;
  /** Every byte of both memories is the same, and nobody wrote to page 0. */
  expectSameMemory(): void;
}

/** Builds both sides; `build` reserves the same regions on each. */
export async function createTwinPair<Side extends { readonly arena: Arena }>(
  shared: boolean,
  build: (bench: Awaited<ReturnType<typeof createBench>>) => Side,
  sizeBytes?: number,
): Promise<TwinPair<Side>> {
  const wasm = build(await createBench(shared, "wasm", sizeBytes));
  const twin = build(await createBench(shared, "twin", sizeBytes));
  return {
    sides: [wasm, twin],
    both: (act) => {
      const answer = act(wasm);
      expect(act(twin)).toEqual(answer);
      return answer;
    },
    expectSameMemory: () => {
      expect(firstDifference(wasm.arena, twin.arena)).toBe(-1);
      expect(wasm.arena.isCanaryIntact()).toBe(true);
      expect(twin.arena.isCanaryIntact()).toBe(true);
    },
  };
}
