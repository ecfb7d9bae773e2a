// Kernels are built once, for shared memory. For plain memory one bit of the module changes: the `shared` flag in the
// limits of its memory import (WebAssembly core specification 5.5.5 and the threads proposal).
import { WireError } from "../error/floe-error.js";

const IMPORT_SECTION = 2;
const IMPORT_MEMORY = 2;
const LIMITS_SHARED = 2;

type Cursor = { at: number };

/** A copy of the module that imports plain memory. Throws `WireError("kernel/bad-module")` when it is not a kernel. */
export function importPlainMemory(module: Uint8Array): Uint8Array {
  const copy = module.slice();
  const flags = memoryLimitsOffset(copy);
  copy[flags] &= ~LIMITS_SHARED;
  return copy;
}

/** Where the limits of the first import, the memory, begin. */
function memoryLimitsOffset(bytes: Uint8Array): number {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw new WireError("kernel/bad-module", "not a WebAssembly module");
  }
  const cursor: Cursor = { at: 8 };
  while (cursor.at < bytes.length) {
    const id = bytes[cursor.at++];
    const end = readU32(bytes, cursor) + cursor.at;
    if (id === IMPORT_SECTION) {
      readU32(bytes, cursor);
      skipName(bytes, cursor);
      skipName(bytes, cursor);
      if (bytes[cursor.at] === IMPORT_MEMORY && cursor.at + 1 < end) {
        return cursor.at + 1;
      }
      break;
    }
    cursor.at = end;
  }
  throw new WireError("kernel/bad-module", "the module does not import the arena's memory first");
}

function skipName(bytes: Uint8Array, cursor: Cursor): void {
  const length = readU32(bytes, cursor);
  cursor.at += length;
}

/** LEB128, as everywhere in a module. Runs past the end as zeros: the caller's bounds end the walk. */
function readU32(bytes: Uint8Array, cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[cursor.at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      break;
    }
  }
  return value;
}
