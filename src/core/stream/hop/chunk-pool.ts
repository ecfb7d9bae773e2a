// Plain memory for what comes out of a ring, used again when all packets in it have been released: fresh memory for every
// burst makes the garbage collector work for each 64 MB that pass.
import { isPolicing } from "../policing.js";

/** Most buffers that wait for their next use. */
const MAX_FREE = 4;

/** Bytes of whole frames. The packets in them take leases; `done` says that no more will come. */
export class Chunk {
  readonly bytes: Uint8Array;
  readonly #recycle: ((buffer: ArrayBufferLike) => void) | undefined;
  #leases = 0;
  #isDone = false;
  /** A packet in it may be kept by somebody who tells nobody. */
  #isKept = false;

  /** Without `recycle` it is used once. */
  constructor(bytes: Uint8Array, recycle?: (buffer: ArrayBufferLike) => void) {
    this.bytes = bytes;
    this.#recycle = recycle;
  }

  /** To be called once, when the packet that was just read is released. */
  lease(): (() => void) | undefined {
    if (this.#recycle === undefined) {
      return undefined;
    }
    this.#leases++;
    return this.#end;
  }

  /** A packet was read that took no lease, although it has bytes. */
  keep(): void {
    this.#isKept = true;
  }

  /** Every packet has been read. */
  done(): void {
    this.#isDone = true;
    this.#leases++;
    this.#end();
  }

  readonly #end = (): void => {
    this.#leases--;
    if (this.#leases === 0 && this.#isDone && !this.#isKept) {
      this.#recycle?.(this.bytes.buffer);
    }
  };
}

/** Makes chunks. */
export class ChunkPool {
  readonly #free: ArrayBufferLike[] = [];

  /** A chunk of so many bytes, for the caller to fill. */
  take(lengthBytes: number): Chunk {
    // Released bytes must stay poisoned while packets are policed.
    if (isPolicing()) {
      return new Chunk(new Uint8Array(lengthBytes));
    }
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= lengthBytes);
    const [buffer = new ArrayBuffer(lengthBytes)] = at < 0 ? [] : this.#free.splice(at, 1);
    return new Chunk(new Uint8Array(buffer, 0, lengthBytes), this.#recycle);
  }

  readonly #recycle = (buffer: ArrayBufferLike): void => {
    if (this.#free.length < MAX_FREE) {
      this.#free.push(buffer);
      return;
    }
    const smallest = this.#free.reduce(
      (least, { byteLength }, i) => (byteLength < this.#free[least].byteLength ? i : least),
      0,
    );
    if (this.#free[smallest].byteLength < buffer.byteLength) {
      this.#free[smallest] = buffer;
    }
  };
}
