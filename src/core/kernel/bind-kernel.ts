// What every face does first: see that kernels and arena belong together, and bind its kernel.
import { FloeError } from "../error/floe-error.js";
import type { Arena, Region } from "./arena.js";
import type { KernelCounter, KernelDefinition, Kernels } from "./kernel.js";
import type { KernelMemory } from "./kernel-memory.js";

/** An arena and the kernels that were loaded for it. */
export interface KernelSide {
  readonly kernels: Kernels;
  readonly arena: Arena;
}

/** A kernel's functions on one memory, and its counter there. */
export interface BoundKernel<Calls> {
  readonly calls: Calls;
  readonly counter: KernelCounter;
  readonly memory: KernelMemory;
}

/** Binds a kernel to an arena. Throws `kernel/foreign-memory` when `kernels` are not those of `arena`. */
export function bindKernel<Calls>(
  definition: KernelDefinition<Calls>,
  { kernels, arena }: KernelSide,
): BoundKernel<Calls> {
  if (kernels.memory !== arena.memory) {
    throw new FloeError("kernel/foreign-memory", "these kernels work on another arena");
  }
  return { calls: kernels.bind(definition), counter: kernels.counter(definition.name), memory: kernels.memory };
}

/** Throws `kernel/count` unless `count`, which decides how much a face takes from its arena, is a whole number from 1 on. */
export function requireCount(what: string, count: number): void {
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new FloeError("kernel/count", `${what} is ${count}`, { fix: "Use a whole number from 1 on." });
  }
}

/** Throws `kernel/range` unless `lengthBytes` is a count that fits into `region`, and `region` into the memory. */
export function requireBytes(memory: KernelMemory, region: Region, lengthBytes: number): void {
  const { name, address, lengthBytes: room } = region;
  const isInside = address >= 0 && address + room <= memory.sizeBytes;
  if (
    !(Number.isInteger(address) && isInside && Number.isInteger(lengthBytes) && lengthBytes >= 0 && lengthBytes <= room)
  ) {
    throw new FloeError("kernel/range", `${lengthBytes} bytes in the region ${name} of ${room} at ${address}`);
  }
}

/** Throws `kernel/overlap` when `a` and `b` share a byte: what is read would be written over. */
export function requireApart(a: Region, b: Region): void {
  if (a.address < b.address + b.lengthBytes && b.address < a.address + a.lengthBytes) {
    throw new FloeError("kernel/overlap", `the regions ${a.name} and ${b.name} overlap`);
  }
}
