// CRC-32 (ISO 3309, as in zlib and ITU-T V.42), eight bytes a step.

const POLYNOMIAL = 0xedb88320;

/** Entries of {@link crc32Tables}: eight tables of 256 words. */
export const CRC32_TABLE_WORDS = 2048;

/** The tables of slicing by eight: table `k` holds the CRC of a byte followed by `k` zero bytes. A new array each call. */
export function crc32Tables(): Uint32Array<ArrayBuffer> {
  const tables = new Uint32Array(CRC32_TABLE_WORDS);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
    tables[byte] = crc;
  }
  for (let at = 256; at < CRC32_TABLE_WORDS; at++) {
    const before = tables[at - 256];
    tables[at] = (before >>> 8) ^ tables[before & 0xff];
  }
  return tables;
}

const tables = crc32Tables();

/** The CRC-32 of `bytes` from `from` up to `to`, an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let crc = -1;
  let at = from;
  for (; to - at >= 8; at += 8) {
    crc ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    crc =
      tables[1792 + (crc & 0xff)] ^
      tables[1536 + ((crc >>> 8) & 0xff)] ^
      tables[1280 + ((crc >>> 16) & 0xff)] ^
      tables[1024 + (crc >>> 24)] ^
      tables[768 + bytes[at + 4]] ^
      tables[512 + bytes[at + 5]] ^
      tables[256 + bytes[at + 6]] ^
      tables[bytes[at + 7]];
  }
  for (; at < to; at++) {
    crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]) & 0xff];
  }
  return ~crc >>> 0;
}
