// The memory of one receiver: an arena for the ring that all its datagrams come into, and the kernels on it.
import { Arena } from "../kernel/arena.js";
import type { Kernels } from "../kernel/kernel.js";
import { PAGE_BYTES } from "../kernel/kernel-memory.js";
import { loadKernels } from "../kernel/load-kernels.js";
import { DESCRIPTOR_BYTES, SLOT_BYTES } from "../kernel/slot-ring.js";

/** 1.2 s of 8 Mbit/s in packets of 1200 bytes: more than twice of what a lost packet is waited for. */
const SLOTS = 1024;
/** The parser's records of a batch, and alignment. */
const SPARE_BYTES = PAGE_BYTES;

/** 2.2 MiB, for one receiver; freed with it. */
export class ReceiveMemory {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly slotCount: number;

  private constructor(arena: Arena, kernels: Kernels, slotCount: number) {
    this.arena = arena;
    this.kernels = kernels;
    this.slotCount = slotCount;
  }

  /** `slotCount`, a power of two: datagrams that are held, of all the sender's streams together. Default 1024; 2064 bytes each. */
  static async create({ slotCount = SLOTS }: { readonly slotCount?: number } = {}): Promise<ReceiveMemory> {
    const sizeBytes = PAGE_BYTES + slotCount * (SLOT_BYTES + DESCRIPTOR_BYTES) + SPARE_BYTES;
    const arena = Arena.create({ sizeBytes });
    return new ReceiveMemory(arena, await loadKernels(arena), slotCount);
  }
}
