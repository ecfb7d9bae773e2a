// CRC-32 (ISO 3309, as in Ethernet, zlib and STUN's FINGERPRINT), sliced by eight: eight tables of 256 words at `tables`.

/** CRC-32 from `at` to `end`, whole words. */
export function crc32(at: usize, end: usize, tables: usize): u32 {
  let crc: u32 = 0xffffffff;
  for (; end - at >= 8; at += 8) {
    const low = crc ^ load<u32>(at);
    const high = load<u32>(at, 4);
    crc =
      load<u32>(tables + ((low & 0xff) << 2), 7168) ^
      load<u32>(tables + (((low >> 8) & 0xff) << 2), 6144) ^
      load<u32>(tables + (((low >> 16) & 0xff) << 2), 5120) ^
      load<u32>(tables + ((low >> 24) << 2), 4096) ^
      load<u32>(tables + ((high & 0xff) << 2), 3072) ^
      load<u32>(tables + (((high >> 8) & 0xff) << 2), 2048) ^
      load<u32>(tables + (((high >> 16) & 0xff) << 2), 1024) ^
      load<u32>(tables + ((high >> 24) << 2));
  }
  if (at < end) {
    const low = crc ^ load<u32>(at);
    crc =
      load<u32>(tables + ((low & 0xff) << 2), 3072) ^
      load<u32>(tables + (((low >> 8) & 0xff) << 2), 2048) ^
      load<u32>(tables + (((low >> 16) & 0xff) << 2), 1024) ^
      load<u32>(tables + ((low >> 24) << 2));
  }
  return ~crc;
}
