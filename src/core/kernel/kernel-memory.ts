// The one memory of an arena as plain views. It never grows, so the views never detach.

/** A memory that kernels, their TypeScript twins and JavaScript share. */
export interface KernelMemory {
  /** The whole memory from address 0; valid as long as anybody holds it. Backed by shared memory when `isShared`. */
  readonly bytes: Uint8Array;
  /** The same bytes, for numbers. */
  readonly view: DataView;
  /** True when other threads can hold the same memory. */
  readonly isShared: boolean;
  readonly sizeBytes: number;
}

/** Bytes in one page: memories are whole pages. */
export const PAGE_BYTES = 65_536;

/** What `WebAssembly.Memory` each memory stands on. Beside, not inside: WebAssembly stays out of exported types. */
const handles = new WeakMap<KernelMemory, unknown>();

/**
 * A zeroed memory of whole pages. Where there is no WebAssembly it stands on an ordinary buffer, on which only the
 * twins can work. `shared` needs SharedArrayBuffer (in a browser: a cross-origin isolated page).
 */
export function createKernelMemory(
  pageCount: number,
  { shared = false }: { readonly shared?: boolean } = {},
): KernelMemory {
  const handle =
    typeof WebAssembly === "undefined"
      ? undefined
      : new WebAssembly.Memory({ initial: pageCount, maximum: pageCount, shared });
  const sizeBytes = pageCount * PAGE_BYTES;
  const buffer = handle?.buffer ?? (shared ? new SharedArrayBuffer(sizeBytes) : new ArrayBuffer(sizeBytes));
  const memory = { bytes: new Uint8Array(buffer), view: new DataView(buffer), isShared: shared, sizeBytes };
  handles.set(memory, handle);
  return memory;
}

/** The `WebAssembly.Memory` under a memory; undefined where there is none. For the loader. */
export function memoryHandle(memory: KernelMemory): unknown {
  return handles.get(memory);
}
