// FINGERPRINT and the two MESSAGE-INTEGRITY attributes (RFC 8489 14.5 to 14.7): what they cover and whether they hold.
import { crc32 } from "../crypto/crc32.js";
import { equalBytes } from "../crypto/equal-bytes.js";
import type { HmacKey } from "../crypto/hmac.js";
import { ATTRIBUTE_HEADER_BYTES, FINGERPRINT_XOR } from "./stun-constants.js";
import type { StunKey } from "./stun-key.js";
import type { StunMessage } from "./stun-message.js";

const head = new Uint8Array(4);
const expected = new Uint8Array(32);

/** The HMAC of a message as if it ended behind an integrity attribute at `at` with `lengthBytes` of value. */
export function writeIntegrity(
  hmac: HmacKey,
  bytes: Uint8Array,
  at: number,
  lengthBytes: number,
  out: Uint8Array,
): void {
  const tells = at + ATTRIBUTE_HEADER_BYTES + lengthBytes - 20;
  head[0] = bytes[0];
  head[1] = bytes[1];
  head[2] = tells >>> 8;
  head[3] = tells;
  hmac.signParts(head, bytes, 4, at, out);
}

/** What FINGERPRINT at `at` must say. The header's length must be the final one. */
export function fingerprintOf(bytes: Uint8Array, at: number): number {
  return (crc32(bytes, 0, at) ^ FINGERPRINT_XOR) >>> 0;
}

/** Whether FINGERPRINT is there and right. */
export function hasValidFingerprint({ bytes, fingerprintAt: at }: StunMessage): boolean {
  const value = ((bytes[at + 4] << 24) | (bytes[at + 5] << 16) | (bytes[at + 6] << 8) | bytes[at + 7]) >>> 0;
  return at > 0 && value === fingerprintOf(bytes, at);
}

/** Whether MESSAGE-INTEGRITY is there and made with `key`. Takes the same time wherever they differ. */
export function hasValidIntegrity({ bytes, integrityAt: at }: StunMessage, key: StunKey): boolean {
  return at > 0 && isIntact(key.sha1, bytes, at, 20);
}

/** Whether MESSAGE-INTEGRITY-SHA256 is there and made with `key`; it may be cut to 16 bytes. */
export function hasValidIntegritySha256({ bytes, integritySha256At: at }: StunMessage, key: StunKey): boolean {
  return at > 0 && isIntact(key.sha256, bytes, at, bytes[at + 3]);
}

function isIntact(hmac: HmacKey, bytes: Uint8Array, at: number, lengthBytes: number): boolean {
  writeIntegrity(hmac, bytes, at, lengthBytes, expected);
  return equalBytes(bytes, at + ATTRIBUTE_HEADER_BYTES, expected, 0, lengthBytes);
}
