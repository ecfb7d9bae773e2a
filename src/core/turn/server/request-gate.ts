// Who may ask (RFC 8489 9.2.4): cheap checks first, the nonce before the HMAC, and the same work for a user who does not exist as
// for a wrong password.
import { encodeHex } from "../../bytes/hex.js";
import { readNonceCookie, SecurityFeatures } from "../../stun/nonce-cookie.js";
import { readPasswordAlgorithms } from "../../stun/stun-attributes.js";
import { PasswordAlgorithm, StunAttribute } from "../../stun/stun-constants.js";
import { hasValidIntegritySha256 } from "../../stun/stun-integrity.js";
import type { StunKey } from "../../stun/stun-key.js";
import type { StunMessage } from "../../stun/stun-message.js";
import { StunVerdict, type StunVerifier } from "../../stun/stun-verifier.js";
import type { Micros } from "../../time/units.js";
import type { Allocation } from "./allocation.js";
import type { ClientPath } from "./client-path.js";
import type { CredentialAnswer, TurnCredentials } from "./credentials.js";
import type { Nonces } from "./nonces.js";
import { OFFERED_ALGORITHMS } from "./replies.js";
import type { RequestAuth } from "./turn-request.js";

/** What came of a look at the credentials. */
export type GateVerdict =
  | { readonly kind: "passed"; readonly auth: RequestAuth }
  | { readonly kind: "refused"; readonly code: 400 | 401 | 438 }
  /** The hook answers later, to this query. */
  | { readonly kind: "later"; readonly query: number };

/** The credentials that a request tells. */
type Claim = {
  readonly username: string | undefined;
  readonly userhash: Uint8Array | undefined;
  readonly identity: string;
  readonly isOurRealm: boolean;
  readonly algorithm: PasswordAlgorithm;
};

const KNOWN_ALGORITHMS: readonly number[] = Object.values(PasswordAlgorithm);
const MAX_USERNAME_BYTES = 508;

/** Checks requests. */
export class RequestGate {
  readonly #verifier: StunVerifier;
  readonly #credentials: TurnCredentials;
  readonly #nonces: Nonces;
  readonly #realm: string;
  #queries = 0;

  constructor(options: {
    readonly verifier: StunVerifier;
    readonly credentials: TurnCredentials;
    readonly nonces: Nonces;
    readonly realm: string;
  }) {
    this.#verifier = options.verifier;
    this.#credentials = options.credentials;
    this.#nonces = options.nonces;
    this.#realm = options.realm;
  }

  /** Checks a request of a client that may have an allocation already. Throws `WireError` for a broken attribute. */
  check(message: StunMessage, path: ClientPath, allocation: Allocation | undefined, nowUs: Micros): GateVerdict {
    if (message.integrityAt === 0 && message.integritySha256At === 0) {
      return { kind: "refused", code: 401 };
    }
    const claim = this.#readClaim(message);
    if (claim === undefined) {
      return { kind: "refused", code: 400 };
    }
    if (!this.#nonces.isGood(message.text(StunAttribute.nonce) ?? "", path.remote, nowUs)) {
      return { kind: "refused", code: 438 };
    }
    // The allocation's own key: its user need not be looked up again, and stays welcome when its credentials expire meanwhile.
    if (allocation !== undefined && allocation.identity === claim.identity) {
      const known: CredentialAnswer = { keys: [allocation.key], isKnown: true, user: allocation.user };
      const verdict = this.#verify(message, claim, known);
      if (verdict.kind === "passed") {
        return verdict;
      }
    }
    const query = ++this.#queries;
    const answer = this.#credentials.find({
      id: query,
      username: claim.username,
      userhash: claim.userhash,
      realm: this.#realm,
      algorithm: claim.algorithm,
    });
    return answer === "later" ? { kind: "later", query } : this.#verify(message, claim, answer);
  }

  /** Goes on with a request whose answer came later. */
  resume(message: StunMessage, answer: CredentialAnswer): GateVerdict {
    const claim = this.#readClaim(message);
    return claim === undefined ? { kind: "refused", code: 400 } : this.#verify(message, claim, answer);
  }

  #readClaim(message: StunMessage): Claim | undefined {
    const username = message.text(StunAttribute.username);
    const userhash = username === undefined ? message.sized(StunAttribute.userhash, 32) : undefined;
    const realm = message.text(StunAttribute.realm);
    const nonce = message.text(StunAttribute.nonce);
    const algorithm = readAlgorithm(message, nonce ?? "");
    const isWhole = (username ?? userhash) !== undefined && realm !== undefined && nonce !== undefined;
    if (
      !isWhole ||
      algorithm === undefined ||
      (message.value(StunAttribute.username)?.length ?? 0) > MAX_USERNAME_BYTES
    ) {
      return undefined;
    }
    const identity = `${algorithm} ${username === undefined ? `#${encodeHex(userhash as Uint8Array)}` : `=${username}`}`;
    return { username, userhash: userhash?.slice(), identity, isOurRealm: realm === this.#realm, algorithm };
  }

  #verify(message: StunMessage, claim: Claim, { keys, decoys = [], isKnown, user }: CredentialAnswer): GateVerdict {
    let right: StunKey | undefined;
    for (const key of keys) {
      right = this.#isSignedWith(message, key) ? key : right;
    }
    for (const decoy of decoys) {
      this.#isSignedWith(message, decoy);
    }
    if (right === undefined || !isKnown || !claim.isOurRealm) {
      return { kind: "refused", code: 401 };
    }
    const integrity = message.integritySha256At > 0 ? "sha256" : "sha1";
    return { kind: "passed", auth: { key: right, user, identity: claim.identity, integrity } };
  }

  /** SHA-256 counts where both are there (RFC 8489 9.2.4). */
  #isSignedWith(message: StunMessage, key: StunKey): boolean {
    return message.integritySha256At > 0
      ? hasValidIntegritySha256(message, key)
      : (this.#verifier.verifyBytes(message.bytes, key) & StunVerdict.integrityIsRight) !== 0 &&
          message.integrityAt > 0;
  }
}

/**
 * The password algorithm of a request (RFC 8489 9.2.4). MD5 where our nonce did not offer others or the client took none; undefined
 * when the client was told another offer than ours: somebody on the way has changed it.
 */
function readAlgorithm(message: StunMessage, nonce: string): PasswordAlgorithm | undefined {
  const chosen = message.value(StunAttribute.passwordAlgorithm);
  const offered = message.value(StunAttribute.passwordAlgorithms);
  const features = readNonceCookie(nonce) ?? 0;
  const neither = chosen === undefined && offered === undefined;
  if ((features & SecurityFeatures.passwordAlgorithms) === 0 || neither) {
    return PasswordAlgorithm.md5;
  }
  if (chosen === undefined || offered === undefined) {
    return undefined;
  }
  const [choice, ...more] = readPasswordAlgorithms(chosen);
  const echoed = readPasswordAlgorithms(offered).map(({ algorithm }) => algorithm);
  const isOurOffer =
    echoed.length === OFFERED_ALGORITHMS.length && echoed.every((algorithm, i) => algorithm === OFFERED_ALGORITHMS[i]);
  const isValid =
    isOurOffer && more.length === 0 && choice !== undefined && KNOWN_ALGORITHMS.includes(choice.algorithm);
  return isValid ? (choice.algorithm as PasswordAlgorithm) : undefined;
}
