// The nonce cookie (RFC 8489 9.2, 18.1): security features that a server has, where nobody on the way can take them out
// unnoticed. `obMatJos2`, four base64 characters with 24 bits, then the nonce proper.
import { decodeBase64, encodeBase64 } from "../bytes/base64.js";

const COOKIE = "obMatJos2";
const COOKIE_LENGTH = 13;

/** Bits of a nonce cookie. */
export const SecurityFeatures = { passwordAlgorithms: 1, usernameAnonymity: 2 } as const;

/** The first 13 characters of a nonce that tells `features` (24 bits). */
export function nonceCookie(features: number): string {
  return COOKIE + encodeBase64(Uint8Array.of(features >>> 16, features >>> 8, features));
}

/** The features that a nonce tells; undefined when it is from a server of before RFC 8489. */
export function readNonceCookie(nonce: string): number | undefined {
  if (!nonce.startsWith(COOKIE)) {
    return undefined;
  }
  try {
    const [high, middle, low] = decodeBase64(nonce.slice(COOKIE.length, COOKIE_LENGTH));
    return (high << 16) | (middle << 8) | low;
  } catch {
    return undefined;
  }
}
