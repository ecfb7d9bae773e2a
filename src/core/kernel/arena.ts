// The arena: one memory of fixed size, dealt out in named regions that live as long as it does. Page 0 belongs to nobody
// and carries a canary: a kernel that was given address 0 writes there, and a check can see it.
import { FloeError } from "../error/floe-error.js";
import { createKernelMemory, type KernelMemory, PAGE_BYTES } from "./kernel-memory.js";

/** A range of an arena. Who reserved it owns its bytes. */
export interface Region {
  readonly name: string;
  /** First byte, counted from the start of the memory. */
  readonly address: number;
  readonly lengthBytes: number;
}

/** How large an arena is, and whether other threads may hold its memory. */
export interface ArenaOptions {
  /** Total size; rounded up to whole pages of 64 KiB, page 0 included. At most 4 GiB. */
  readonly sizeBytes: number;
  /** Shared memory needs SharedArrayBuffer; nothing in Floe requires it. */
  readonly shared?: boolean;
}

const CANARY = 0xf10ec0de;
const MAX_PAGES = 65_536;

/** One instance's memory. Never grows and never frees: an instance that ends drops its arena whole. */
export class Arena {
  readonly memory: KernelMemory;
  readonly #map: Region[] = [];
  #used = PAGE_BYTES;

  private constructor(memory: KernelMemory) {
    this.memory = memory;
    this.#map.push({ name: "canary", address: 0, lengthBytes: PAGE_BYTES });
    for (let at = 0; at < PAGE_BYTES; at += 4) {
      memory.view.setUint32(at, CANARY, true);
    }
  }

  /** Throws `kernel/arena-size` for a size that cannot be, `kernel/no-shared-memory` where shared memory is missing. */
  static create({ sizeBytes, shared = false }: ArenaOptions): Arena {
    const pageCount = Math.ceil(sizeBytes / PAGE_BYTES);
    if (!(pageCount >= 1 && pageCount <= MAX_PAGES)) {
      throw new FloeError("kernel/arena-size", `an arena cannot have ${sizeBytes} bytes`, {
        fix: "Ask for 64 KiB to 4 GiB.",
      });
    }
    if (shared && typeof SharedArrayBuffer === "undefined") {
      throw new FloeError("kernel/no-shared-memory", "this runtime has no SharedArrayBuffer", {
        fix: "Serve the page cross-origin isolated (COOP and COEP), or create the arena without `shared`.",
      });
    }
    return new Arena(createKernelMemory(pageCount, { shared }));
  }

  /** Every region so far, in order of address; page 0 first. */
  get map(): readonly Region[] {
    return this.#map;
  }

  /** Bytes that are not reserved yet. */
  get freeBytes(): number {
    return this.memory.sizeBytes - this.#used;
  }

  /** Takes the next `lengthBytes` for good; `align` is a power of two. Throws `kernel/arena-full`, `kernel/alignment`. */
  reserve(name: string, lengthBytes: number, align = 16): Region {
    if (!(align >= 1 && Number.isInteger(Math.log2(align)))) {
      throw new FloeError("kernel/alignment", `${name} cannot begin at a multiple of ${align}`, {
        fix: "Use a power of two.",
      });
    }
    const address = Math.ceil(this.#used / align) * align;
    if (!(Number.isInteger(lengthBytes) && lengthBytes >= 0) || address + lengthBytes > this.memory.sizeBytes) {
      throw new FloeError(
        "kernel/arena-full",
        `${name} needs ${lengthBytes} bytes and ${this.memory.sizeBytes - address} are free`,
        { fix: "Create the arena with a larger sizeBytes." },
      );
    }
    const region: Region = { name, address, lengthBytes };
    this.#used = address + lengthBytes;
    this.#map.push(region);
    return region;
  }

  /** A view of a region's bytes, valid as long as the arena. */
  bytesOf(region: Region): Uint8Array {
    return this.memory.bytes.subarray(region.address, region.address + region.lengthBytes);
  }

  /** False when something wrote to page 0. Reads the whole page: for tests and checks. */
  isCanaryIntact(): boolean {
    for (let at = 0; at < PAGE_BYTES; at += 4) {
      if (this.memory.view.getUint32(at, true) !== CANARY) {
        return false;
      }
    }
    return true;
  }
}
