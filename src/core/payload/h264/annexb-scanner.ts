// Finds the NAL units of an Annex B stream (ITU-T H.264 B.1): three- and four-byte start codes, zeros behind a unit
// trimmed, empty units passed over.
import { FloeError } from "../../error/floe-error.js";
import type { Arena, Region } from "../../kernel/arena.js";
import { requireCount } from "../../kernel/bind-kernel.js";
import type { KernelCounter, Kernels } from "../../kernel/kernel.js";
import { ANNEXB_SCAN, type AnnexbScanCalls, NAL_ENTRY_BYTES } from "./annexb-scan-twin.js";

/** Bounds of a scanner; both are taken from the arena at construction. */
export interface AnnexbScannerOptions {
  readonly kernels: Kernels;
  readonly arena: Arena;
  /** The most start codes in one scan. Default 1024 (8 KiB). */
  readonly maxNalUnits?: number;
}

/** The face of kernel annexb-scan. Holds the table of the last scan; scanning allocates nothing. */
export class AnnexbScanner {
  readonly #calls: AnnexbScanCalls;
  readonly #counter: KernelCounter;
  readonly #arena: Arena;
  readonly #table: Region;
  readonly #maxNalUnits: number;
  #count = 0;

  /** Throws `kernel/foreign-memory` when `kernels` are not those of `arena`, `kernel/count` for a `maxNalUnits` that is none. */
  constructor({ kernels, arena, maxNalUnits = 1024 }: AnnexbScannerOptions) {
    if (kernels.memory !== arena.memory) {
      throw new FloeError("kernel/foreign-memory", "these kernels work on another arena");
    }
    requireCount("maxNalUnits", maxNalUnits);
    this.#calls = kernels.bind(ANNEXB_SCAN);
    this.#counter = kernels.counter(ANNEXB_SCAN.name);
    this.#arena = arena;
    this.#maxNalUnits = maxNalUnits;
    this.#table = arena.reserve("annexb-scan table", maxNalUnits * NAL_ENTRY_BYTES);
  }

  /**
   * Scans the first `lengthBytes` of `input`, a region of the arena, and returns the number of NAL units, which is
   * `count` until the next scan. Throws `h264/too-large` past the region, with the last scan as it was, and
   * `h264/too-many-nal-units` past the table.
   */
  scan(input: Region, lengthBytes: number): number {
    const { address } = input;
    const isRange = Number.isInteger(address) && address >= 0 && Number.isInteger(lengthBytes) && lengthBytes >= 0;
    if (!(isRange && lengthBytes <= input.lengthBytes && address + lengthBytes <= this.#arena.memory.sizeBytes)) {
      throw new FloeError("h264/too-large", `${lengthBytes} bytes in a region of ${input.lengthBytes} at ${address}`);
    }
    this.#count = 0;
    const count = this.#calls.scan(address, lengthBytes, this.#table.address, this.#maxNalUnits);
    this.#counter.calls++;
    this.#counter.bytes += lengthBytes;
    if (count < 0) {
      throw new FloeError(
        "h264/too-many-nal-units",
        `more than ${this.#maxNalUnits} NAL units in ${lengthBytes} bytes`,
      );
    }
    this.#count = count;
    return count;
  }

  /** NAL units of the last scan. */
  get count(): number {
    return this.#count;
  }

  /** Address of NAL unit `i`'s header byte in the arena; `i` below `count`. */
  address(i: number): number {
    return this.#arena.memory.view.getUint32(this.#entry(i), true);
  }

  /** Bytes of NAL unit `i`, header included, at least 1. */
  lengthBytes(i: number): number {
    return this.#arena.memory.view.getUint32(this.#entry(i) + 4, true);
  }

  /** A new view of NAL unit `i`: valid while the input is. */
  nalUnit(i: number): Uint8Array {
    const address = this.address(i);
    return this.#arena.memory.bytes.subarray(address, address + this.lengthBytes(i));
  }

  #entry(i: number): number {
    if (!(i >= 0 && i < this.#count)) {
      throw new FloeError("h264/no-such-nal-unit", `NAL unit ${i} of ${this.#count}`);
    }
    return this.#table.address + i * NAL_ENTRY_BYTES;
  }
}
