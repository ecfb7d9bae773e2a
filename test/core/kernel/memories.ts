// The kinds of memory and of kernels that every kernel test runs on, and what it takes to compare them.
import { Arena } from "../../../src/core/kernel/arena.js";
import type { Kernels } from "../../../src/core/kernel/kernel.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";

/** One kind of memory; shared is in the list only where the runtime has it (not on a plain web page). */
export interface MemoryKind {
  readonly name: "plain" | "shared";
  readonly shared: boolean;
}

export const MEMORY_KINDS: readonly MemoryKind[] =
  typeof SharedArrayBuffer === "undefined"
    ? [{ name: "plain", shared: false }]
    : [
        { name: "plain", shared: false },
        { name: "shared", shared: true },
      ];

export interface Bench {
  readonly arena: Arena;
  readonly kernels: Kernels;
}

/** An arena with its kernels; fails when WebAssembly was wanted and twins came. */
export async function createBench(shared: boolean, kind: Kernels["kind"], sizeBytes = 512 * 1024): Promise<Bench> {
  const arena = Arena.create({ sizeBytes, shared });
  const kernels = await loadKernels(arena, { forceTwins: kind === "twin" });
  if (kernels.kind !== kind) {
    throw new Error(`wanted ${kind}, got ${kernels.kind}: ${kernels.reason}`);
  }
  return { arena, kernels };
}

/** The first address where two memories differ, or -1. */
export function firstDifference(a: Arena, b: Arena): number {
  const left = new Uint32Array(a.memory.bytes.buffer);
  const right = new Uint32Array(b.memory.bytes.buffer);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    if (left[i] !== right[i]) {
      return 4 * i;
    }
  }
  return -1;
}

/** Every kind of memory under kernels and under twins. */
export const KERNEL_SIDES: readonly (MemoryKind & { readonly kind: Kernels["kind"] })[] = (
  ["wasm", "twin"] as const
).flatMap((kind) => MEMORY_KINDS.map((memory) => ({ kind, ...memory })));
