// The entropy port: core never makes randomness, skins bring it (Web Crypto in both), tests bring a seeded one.

/** A source of random bytes fit for identifiers, SSRCs and nonces. */
export interface Entropy {
  /** Fills `bytes` with random bytes. */
  fill(bytes: Uint8Array): void;
}

/** A random unsigned 32-bit number, never 0 (an SSRC of 0 means "none" in several RTCP messages). */
export function randomU32(entropy: Entropy): number {
  const bytes = new Uint8Array(4);
  let value = 0;
  while (value === 0) {
    entropy.fill(bytes);
    value = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  }
  return value;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A random identifier of `length` URL-safe characters, 6 bits of entropy each. */
export function randomId(entropy: Entropy, length: number): string {
  const bytes = new Uint8Array(length);
  entropy.fill(bytes);
  let id = "";
  for (const byte of bytes) {
    id += ALPHABET[byte & 63];
  }
  return id;
}
