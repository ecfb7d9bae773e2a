// A TURN client's side of long-term credentials (RFC 8489 9.2): takes challenges, signs requests, checks answers.
import type { Secret } from "../../diagnosis/secret.js";
import { readNonceCookie, SecurityFeatures } from "../../stun/nonce-cookie.js";
import { readPasswordAlgorithms } from "../../stun/stun-attributes.js";
import { PasswordAlgorithm, StunAttribute } from "../../stun/stun-constants.js";
import { hasValidIntegrity, hasValidIntegritySha256 } from "../../stun/stun-integrity.js";
import { StunKey } from "../../stun/stun-key.js";
import type { StunMessage } from "../../stun/stun-message.js";
import type { StunWriter } from "../../stun/stun-writer.js";

/** Name and password. */
export type ClientCredentials = { readonly username: string; readonly password: Secret };

type Session = {
  readonly realm: string;
  readonly nonce: string;
  readonly key: StunKey;
  readonly algorithm: PasswordAlgorithm;
  /** What the server offered, for it to see that nobody changed it; undefined when it offered nothing. */
  readonly offered: Uint8Array | undefined;
};

/** What is known of a server's realm and nonce. */
export class ClientAuth {
  readonly #credentials: ClientCredentials;
  #session: Session | undefined;

  constructor(credentials: ClientCredentials) {
    this.#credentials = credentials;
  }

  /** A challenge was taken: requests are signed from now on. */
  get isChallenged(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Takes realm and nonce from a 401 or 438; false when they are missing, or the server offers only algorithms that there are not
   * here. Throws `WireError` for broken attributes.
   */
  take(message: StunMessage): boolean {
    const nonce = message.text(StunAttribute.nonce);
    const realm = message.text(StunAttribute.realm) ?? this.#session?.realm;
    if (nonce === undefined || realm === undefined) {
      return false;
    }
    const hasAlgorithms = ((readNonceCookie(nonce) ?? 0) & SecurityFeatures.passwordAlgorithms) !== 0;
    const offered = hasAlgorithms ? message.value(StunAttribute.passwordAlgorithms)?.slice() : undefined;
    const algorithm = offered === undefined ? PasswordAlgorithm.md5 : choose(offered);
    // A nonce that tells of algorithms without their list was changed on the way.
    if (algorithm === undefined || (hasAlgorithms && offered === undefined)) {
      return false;
    }
    const before = this.#session;
    const isSameKey = before !== undefined && before.realm === realm && before.algorithm === algorithm;
    const { username, password } = this.#credentials;
    const key = isSameKey ? before.key : StunKey.longTerm(username, realm, password.reveal(), algorithm);
    this.#session = { realm, nonce, key, algorithm, offered };
    return true;
  }

  /** Signs what was written so far, when there was a challenge. */
  sign(writer: StunWriter): void {
    if (this.#session === undefined) {
      return;
    }
    const { realm, nonce, key, algorithm, offered } = this.#session;
    writer.text(StunAttribute.username, this.#credentials.username);
    writer.text(StunAttribute.realm, realm).text(StunAttribute.nonce, nonce);
    if (offered === undefined) {
      writer.integrity(key);
    } else {
      writer.attribute(StunAttribute.passwordAlgorithms, offered);
      writer.passwordAlgorithms(StunAttribute.passwordAlgorithm, [algorithm]).integritySha256(key);
    }
  }

  /** Whether the server has proven that it knows the password. */
  isGenuine(message: StunMessage): boolean {
    if (this.#session === undefined) {
      return false;
    }
    const { key, offered } = this.#session;
    return offered === undefined ? hasValidIntegrity(message, key) : hasValidIntegritySha256(message, key);
  }
}

/** The first algorithm on offer that there is here. */
function choose(offered: Uint8Array): PasswordAlgorithm | undefined {
  const known: readonly number[] = Object.values(PasswordAlgorithm);
  const chosen = readPasswordAlgorithms(offered).find(({ algorithm }) => known.includes(algorithm));
  return chosen?.algorithm as PasswordAlgorithm | undefined;
}
