// What a kernel must not hold, read from its sections (WebAssembly core specification, 5.5). All kernels import one
// memory: data or a start function would write into everybody's arena, a mutable global would hide state from it.

const [IMPORT, MEMORY, GLOBAL, START, DATA] = [2, 5, 6, 8, 11];
const [IMPORT_FUNCTION, IMPORT_TABLE, IMPORT_MEMORY] = [0, 1, 2];

/** Pages compile a kernel at once when a face first binds it, and browsers have allowed that for modules up to 4 KiB only. */
const MAX_BYTES = 4096;

/** Why these bytes may not ship as a kernel; empty when they may. */
export function kernelFaults(bytes) {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 0x6d736100 || bytes.readUInt32LE(4) !== 1) {
    return ["is not a WebAssembly 1 module"];
  }
  const faults = [];
  const reader = { bytes, at: 8 };
  let importsMemory = false;
  while (reader.at < bytes.length) {
    const id = bytes[reader.at++];
    const end = u32(reader) + reader.at;
    if (id === IMPORT) {
      importsMemory = checkImports(reader, faults);
    } else if (id === MEMORY) {
      faults.push("has a memory of its own");
    } else if (id === START) {
      faults.push("has a start function");
    } else if (id === DATA) {
      faults.push("has a data section (memory.data, a string, a static array or Math.*?)");
    } else if (id === GLOBAL) {
      checkGlobals(reader, end, faults);
    }
    reader.at = end;
  }
  if (bytes.length > MAX_BYTES) {
    faults.push(`is ${bytes.length} bytes, more than the ${MAX_BYTES} that a page may compile at once: split it`);
  }
  return importsMemory ? faults : [...faults, "does not import the arena's memory"];
}

function u32(reader) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

function skipName(reader) {
  const length = u32(reader);
  const start = reader.at;
  reader.at += length;
  return reader.bytes.toString("utf8", start, reader.at);
}

/** One import is allowed: env.memory with limits (flags 3: shared, with a maximum). */
function checkImports(reader, faults) {
  let importsMemory = false;
  for (let left = u32(reader); left > 0; left--) {
    const name = `${skipName(reader)}.${skipName(reader)}`;
    const kind = reader.bytes[reader.at++];
    if (kind === IMPORT_MEMORY && name === "env.memory") {
      const limits = reader.bytes[reader.at++];
      u32(reader);
      if (limits & 1) {
        u32(reader);
      }
      importsMemory = true;
      if (limits !== 3) {
        faults.push("imports a memory that is not shared with a maximum");
      }
      continue;
    }
    const what = kind === IMPORT_FUNCTION ? "function" : kind === IMPORT_TABLE ? "table" : "value";
    faults.push(`imports the ${what} ${name}: a kernel gets the memory and nothing else`);
    return importsMemory;
  }
  return importsMemory;
}

/** Walks the globals: type, mutability, and a constant expression each. */
function checkGlobals(reader, end, faults) {
  const count = u32(reader);
  for (let i = 0; i < count && reader.at < end; i++) {
    reader.at++;
    if (reader.bytes[reader.at++] === 1) {
      faults.push("has a mutable global");
      return;
    }
    skipConstantExpression(reader);
  }
}

/** i32.const, i64.const, f32.const, f64.const, v128.const or global.get, then end. */
function skipConstantExpression(reader) {
  for (;;) {
    const opcode = reader.bytes[reader.at++];
    if (opcode === 0x0b) {
      return;
    }
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) {
      u32(reader);
    } else if (opcode === 0x43) {
      reader.at += 4;
    } else if (opcode === 0x44) {
      reader.at += 8;
    } else if (opcode === 0xfd) {
      u32(reader);
      reader.at += 16;
    } else {
      throw new Error(`a constant expression with opcode 0x${opcode.toString(16)}`);
    }
  }
}
