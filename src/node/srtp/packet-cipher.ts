// Enciphers and authenticates one packet at a time, by AES-GCM (RFC 7714) or by AES in counter mode and an HMAC (RFC 3711).
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import type { SrtpKeys } from "./srtp-keys.js";
import { AEAD_AES_128_GCM, type SrtpProfile } from "./srtp-profile.js";

/** Where a packet stands: its source, its place among that source's packets, and how many bytes of it stay legible. */
export type PacketPlace = { readonly ssrc: number; readonly index: number; readonly clearBytes: number };

/** One direction of RTP or RTCP. `trailer` is what RTCP carries behind: it is authenticated too, and empty with RTP. */
export interface PacketCipher {
  /** Enciphers what lies behind the clear bytes, in place, and answers the tag. */
  seal(packet: Buffer, place: PacketPlace, trailer: Uint8Array): Buffer;
  /** Deciphers in place; false, and the packet as it was, when the tag is not right. */
  open(packet: Buffer, tag: Buffer, place: PacketPlace, trailer: Uint8Array): boolean;
}

/** The cipher of a profile. */
export function packetCipher(profile: SrtpProfile, keys: SrtpKeys): PacketCipher {
  return profile === AEAD_AES_128_GCM ? new GcmCipher(keys, profile) : new CounterCipher(keys, profile);
}

class GcmCipher implements PacketCipher {
  readonly #keys: SrtpKeys;
  readonly #options: { readonly authTagLength: number };
  readonly #nonce = Buffer.alloc(12);

  constructor(keys: SrtpKeys, { tagBytes }: SrtpProfile) {
    this.#keys = keys;
    this.#options = { authTagLength: tagBytes };
  }

  seal(packet: Buffer, place: PacketPlace, trailer: Uint8Array): Buffer {
    const cipher = createCipheriv("aes-128-gcm", this.#keys.cipher, this.#nonceOf(place), this.#options);
    cipher.setAAD(clearPart(packet, place, trailer));
    packet.set(cipher.update(packet.subarray(place.clearBytes)), place.clearBytes);
    cipher.final();
    return cipher.getAuthTag();
  }

  open(packet: Buffer, tag: Buffer, place: PacketPlace, trailer: Uint8Array): boolean {
    const decipher = createDecipheriv("aes-128-gcm", this.#keys.cipher, this.#nonceOf(place), this.#options);
    decipher.setAAD(clearPart(packet, place, trailer));
    decipher.setAuthTag(tag);
    const plain = decipher.update(packet.subarray(place.clearBytes));
    try {
      decipher.final();
    } catch {
      return false;
    }
    packet.set(plain, place.clearBytes);
    return true;
  }

  /** Two zeros, the source and the index in six bytes, all over the salt (RFC 7714 8.1, 9.1). */
  #nonceOf({ ssrc, index }: PacketPlace): Buffer {
    this.#nonce.writeUInt16BE(0, 0);
    this.#nonce.writeUInt32BE(ssrc, 2);
    this.#nonce.writeUIntBE(index, 6, 6);
    return mixed(this.#nonce, this.#keys.salt);
  }
}

/** What GCM authenticates without enciphering it. */
function clearPart(packet: Buffer, { clearBytes }: PacketPlace, trailer: Uint8Array): Buffer {
  const clear = packet.subarray(0, clearBytes);
  return trailer.length === 0 ? clear : Buffer.concat([clear, trailer]);
}

class CounterCipher implements PacketCipher {
  readonly #keys: SrtpKeys;
  readonly #tagBytes: number;
  readonly #counter = Buffer.alloc(16);
  readonly #rollover = Buffer.alloc(4);

  constructor(keys: SrtpKeys, { tagBytes }: SrtpProfile) {
    this.#keys = keys;
    this.#tagBytes = tagBytes;
  }

  seal(packet: Buffer, place: PacketPlace, trailer: Uint8Array): Buffer {
    this.#cipher(packet, place);
    return this.#tagOf(packet, place, trailer);
  }

  open(packet: Buffer, tag: Buffer, place: PacketPlace, trailer: Uint8Array): boolean {
    const isRight = timingSafeEqual(this.#tagOf(packet, place, trailer), tag);
    if (isRight) {
      this.#cipher(packet, place);
    }
    return isRight;
  }

  /** The same both ways: source and index over the salt begin the counter (RFC 3711 4.1.1). */
  #cipher(packet: Buffer, { ssrc, index, clearBytes }: PacketPlace): void {
    this.#counter.fill(0);
    this.#counter.writeUInt32BE(ssrc, 4);
    this.#counter.writeUIntBE(index, 8, 6);
    const cipher = createCipheriv("aes-128-ctr", this.#keys.cipher, mixed(this.#counter, this.#keys.salt));
    packet.set(cipher.update(packet.subarray(clearBytes)), clearBytes);
  }

  /** RTP's tag covers the rollover counter, which does not travel (RFC 3711 4.2), RTCP's the trailer. */
  #tagOf(packet: Buffer, { index }: PacketPlace, trailer: Uint8Array): Buffer {
    this.#rollover.writeUInt32BE(Math.floor(index / 0x1_0000));
    const behind = trailer.length === 0 ? this.#rollover : trailer;
    const hmac = createHmac("sha1", this.#keys.authentication).update(packet).update(behind);
    return hmac.digest().subarray(0, this.#tagBytes);
  }
}

/** `bytes` with the salt over its beginning. */
function mixed(bytes: Buffer, salt: Buffer): Buffer {
  for (let at = 0; at < salt.length; at++) {
    bytes[at] ^= salt[at];
  }
  return bytes;
}
