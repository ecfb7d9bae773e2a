// Keys of MESSAGE-INTEGRITY (RFC 8489 9.1.1, 9.2.2, 18.5.1), with the pads of their HMACs kept.
import { digest } from "../crypto/block-hash.js";
import { HmacKey } from "../crypto/hmac.js";
import { MD5 } from "../crypto/md5.js";
import { SHA1 } from "../crypto/sha1.js";
import { SHA256 } from "../crypto/sha256.js";
import { PasswordAlgorithm } from "./stun-constants.js";

const utf8 = new TextEncoder();

/** The key of one user or session. Holds hashed pads, not the password. */
export class StunKey {
  /** For MESSAGE-INTEGRITY. */
  readonly sha1: HmacKey;
  /** The key's bytes as a text of as many characters: a fifth of the memory of an array, and a server holds thousands. */
  readonly #characters: string;
  #sha256: HmacKey | undefined;

  /** The key's bytes, as they go into the HMAC: some thousands at most. Copied. */
  constructor(bytes: Uint8Array) {
    this.#characters = String.fromCharCode(...bytes);
    this.sha1 = new HmacKey(SHA1, bytes);
  }

  /** For MESSAGE-INTEGRITY-SHA256. Made when it is first asked for. */
  get sha256(): HmacKey {
    this.#sha256 ??= new HmacKey(
      SHA256,
      Uint8Array.from(this.#characters, (character) => character.charCodeAt(0)),
    );
    return this.#sha256;
  }

  /** Short-term credentials: the password is the key. */
  static shortTerm(password: string): StunKey {
    return new StunKey(utf8.encode(opaqueString(password)));
  }

  /** Long-term credentials: a digest of user, realm and password. MD5 unless both sides agreed on another. */
  static longTerm(
    username: string,
    realm: string,
    password: string,
    algorithm: PasswordAlgorithm = PasswordAlgorithm.md5,
  ): StunKey {
    const text = utf8.encode(`${username}:${realm}:${opaqueString(password)}`);
    return new StunKey(digest(algorithm === PasswordAlgorithm.sha256 ? SHA256 : MD5, text));
  }
}

/** USERHASH of a user (RFC 8489 14.4): 32 bytes. */
export function userhash(username: string, realm: string): Uint8Array<ArrayBuffer> {
  return digest(SHA256, utf8.encode(`${username}:${realm}`));
}

/** A password in the form that both sides hash (OpaqueString, RFC 8265 4.2): plain spaces, composed characters. */
function opaqueString(text: string): string {
  return text.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, " ").normalize("NFC");
}
