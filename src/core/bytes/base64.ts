// Base64 (RFC 4648 section 4, standard alphabet, padded), without a runtime's own helper.
import { WireError } from "../error/floe-error.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Padded base64 text. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    text += ALPHABET[group >> 18] + ALPHABET[(group >> 12) & 63];
    text += (left > 1 ? ALPHABET[(group >> 6) & 63] : "=") + (left > 2 ? ALPHABET[group & 63] : "=");
  }
  return text;
}

/**
 * The bytes of padded base64 text. Strict, so that one value has one text: throws `WireError("bytes/base64")` for a
 * foreign character, white space, missing padding, or bits behind the end that are not zero.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  if (text.length % 4 !== 0) {
    throw new WireError("bytes/base64", `base64 text comes in groups of 4, got ${text.length} characters`);
  }
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    bits = ((bits << 6) | digitValue(text.charCodeAt(i))) & 0xfff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[at++] = bits >> bitCount;
    }
  }
  if ((bits & ((1 << bitCount) - 1)) !== 0) {
    throw new WireError("bytes/base64", "bits behind the last byte are not zero");
  }
  return bytes;
}

function digitValue(code: number): number {
  if (code >= 0x41 && code <= 0x5a) {
    return code - 0x41;
  }
  if (code >= 0x61 && code <= 0x7a) {
    return code - 0x61 + 26;
  }
  if (code >= 0x30 && code <= 0x39) {
    return code - 0x30 + 52;
  }
  if (code === 0x2b) {
    return 62;
  }
  if (code === 0x2f) {
    return 63;
  }
  throw new WireError("bytes/base64", `character code ${code} is not base64`);
}
