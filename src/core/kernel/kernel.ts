// What a kernel is to its TypeScript face: a name, and a twin that does the same to the same memory.
import type { KernelMemory } from "./kernel-memory.js";

/**
 * One kernel. `Calls` are its exported functions; they take addresses and lengths that the face has checked.
 * The face keeps the definition, so that the kernel room knows no payload format.
 */
export interface KernelDefinition<Calls> {
  /** The file's name in assembly/ and wasm/: `annexb-scan`. */
  readonly name: string;
  /** Its bytes as base64: the constant of `kernel/embedded/NAME.ts`. */
  readonly embedded: string;
  /** The same functions in TypeScript: reference, fallback and oracle; the same bytes out. */
  twin(memory: KernelMemory): Calls;
}

/** How much a kernel was used. Counted by its face, once a call. */
export interface KernelCounter {
  calls: number;
  /** Bytes it was given to work on. */
  bytes: number;
}

/** The kernels of one memory. */
export interface Kernels {
  readonly kind: "wasm" | "twin";
  /** Why the twins are in use, one sentence; empty with `wasm`. */
  readonly reason: string;
  readonly memory: KernelMemory;
  /** By kernel name; an entry appears when a face binds its kernel. */
  readonly counters: Readonly<Record<string, KernelCounter>>;
  /** A kernel's functions on this memory. Throws `kernel/unknown` when there is no such kernel. */
  bind<Calls>(definition: KernelDefinition<Calls>): Calls;
  /** The kernel's counter, shared by all faces of this memory. */
  counter(name: string): KernelCounter;
}
