// Nonces without a table (RFC 8489 9.2): expiry and a MAC over it, the client's address and the security features. Whoever sends
// one back owns the address that it was sent to.
import { decodeBase64, encodeBase64 } from "../../bytes/base64.js";
import type { Entropy } from "../../crypto/entropy.js";
import { equalBytes } from "../../crypto/equal-bytes.js";
import { HmacKey } from "../../crypto/hmac.js";
import { SHA256 } from "../../crypto/sha256.js";
import type { TransportAddress } from "../../net/transport-address.js";
import { nonceCookie, readNonceCookie } from "../../stun/nonce-cookie.js";
import { type Micros, seconds } from "../../time/units.js";

const EXPIRY_BYTES = 3;
const TAG_BYTES = 9;
const CORE_LENGTH = 16;
const COOKIE_LENGTH = 13;
const EXPIRY_MODULUS = 2 ** 24;

/** Makes and checks nonces. The secret lives as long as the object: a restart makes every nonce stale. */
export class Nonces {
  readonly #hmac: HmacKey;
  readonly #lifetimeUs: Micros;
  readonly #input = new Uint8Array(EXPIRY_BYTES + 4 + 18);
  readonly #tag = new Uint8Array(SHA256.digestBytes);

  constructor({ entropy, lifetimeUs }: { readonly entropy: Entropy; readonly lifetimeUs: Micros }) {
    const secret = new Uint8Array(32);
    entropy.fill(secret);
    this.#hmac = new HmacKey(SHA256, secret);
    this.#lifetimeUs = lifetimeUs;
  }

  /** A nonce for a client's address: 16 characters, or 29 that tell `features` too (see SecurityFeatures). */
  make(client: TransportAddress, nowUs: Micros, features?: number): string {
    const expiry = Math.floor((nowUs + this.#lifetimeUs) / seconds(1)) % EXPIRY_MODULUS;
    const core = new Uint8Array(EXPIRY_BYTES + TAG_BYTES);
    core.set([expiry >>> 16, expiry >>> 8, expiry]);
    this.#sign(core, client, features);
    core.set(this.#tag.subarray(0, TAG_BYTES), EXPIRY_BYTES);
    return (features === undefined ? "" : nonceCookie(features)) + encodeBase64(core);
  }

  /** Whether a nonce was made here, for this client's address, and has not expired. */
  isGood(nonce: string, client: TransportAddress, nowUs: Micros): boolean {
    const features = nonce.length === CORE_LENGTH ? undefined : readNonceCookie(nonce);
    if (nonce.length !== (features === undefined ? CORE_LENGTH : COOKIE_LENGTH + CORE_LENGTH)) {
      return false;
    }
    let core: Uint8Array;
    try {
      core = decodeBase64(nonce.slice(-CORE_LENGTH));
    } catch {
      return false;
    }
    if (core.length !== EXPIRY_BYTES + TAG_BYTES) {
      return false;
    }
    this.#sign(core, client, features);
    const expiry = (core[0] << 16) | (core[1] << 8) | core[2];
    const leftS = (expiry - Math.floor(nowUs / seconds(1)) + EXPIRY_MODULUS) % EXPIRY_MODULUS;
    return (
      equalBytes(core, EXPIRY_BYTES, this.#tag, 0, TAG_BYTES) && leftS > 0 && leftS <= this.#lifetimeUs / seconds(1)
    );
  }

  /** The tag of the expiry in `core`. The port is left out: data connections of one client (RFC 6062) come from others. */
  #sign(core: Uint8Array, { family, ip0, ip1, ip2, ip3 }: TransportAddress, features: number | undefined): void {
    const input = this.#input;
    input.set(core.subarray(0, EXPIRY_BYTES));
    const told = features ?? 0;
    input.set([features === undefined ? 0 : 1, told >>> 16, told >>> 8, told, family, 0], EXPIRY_BYTES);
    [ip0, ip1, ip2, ip3].forEach((word, i) => {
      input.set([word >>> 24, word >>> 16, word >>> 8, word], EXPIRY_BYTES + 6 + 4 * i);
    });
    this.#tag.set(this.#hmac.sign(input));
  }
}
