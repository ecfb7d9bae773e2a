// Keeps a server from being a mirror: replies to those who have proven nothing are few per source network (/24 and /64), and
// no more bytes than 1.5 times what came from there, with a small grace for the first contact.

import type { TransportAddress } from "../net/transport-address.js";
import { type Micros, seconds } from "../time/units.js";

/** What strangers get. */
export type ReplyGuardOptions = {
  /** Replies at once. */
  readonly burst?: number;
  /** Replies a second after that. */
  readonly perSecond?: number;
  /** Bytes out for a byte in. */
  readonly maxRatio?: number;
  /** Bytes beyond that, for a first contact: a bare Binding request is 20 bytes and its answer 32. Comes back within a minute. */
  readonly graceBytes?: number;
  /** Networks remembered; the one that was silent longest is forgotten first. */
  readonly maxNetworks?: number;
};

const GRACE_REFILL_US = seconds(60);

type Account = { replies: number; credit: number; sinceUs: Micros };

/** Counts replies and bytes by source network. */
export class ReplyGuard {
  readonly #options: Required<ReplyGuardOptions>;
  /** In order of use: the first is the one to forget. */
  readonly #accounts = new Map<string, Account>();

  constructor({
    burst = 20,
    perSecond = 10,
    maxRatio = 1.5,
    graceBytes = 128,
    maxNetworks = 4096,
  }: ReplyGuardOptions = {}) {
    this.#options = { burst, perSecond, maxRatio, graceBytes, maxNetworks };
  }

  /** Networks remembered now. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Credits a request that came as a datagram. Call it once for each, before `admits`. */
  received(from: TransportAddress, lengthBytes: number, nowUs: Micros): void {
    const account = this.#account(from, nowUs);
    const { maxRatio, graceBytes } = this.#options;
    // What was not used is not saved up: a flood earns no right to one large burst.
    account.credit = Math.min(account.credit + lengthBytes * maxRatio, graceBytes + 1500 * maxRatio);
  }

  /** Whether a reply of so many bytes may go out now, and counts it then. Give 0 bytes for a stream: its source is proven. */
  admits(to: TransportAddress, lengthBytes: number, nowUs: Micros): boolean {
    const account = this.#account(to, nowUs);
    if (account.replies < 1 || account.credit < lengthBytes) {
      return false;
    }
    account.replies--;
    account.credit -= lengthBytes;
    return true;
  }

  /** Somebody there has signed a request: the network is no victim. */
  proven(from: TransportAddress): void {
    this.#accounts.delete(networkOf(from));
  }

  #account(address: TransportAddress, nowUs: Micros): Account {
    const { burst, perSecond, graceBytes, maxNetworks } = this.#options;
    const network = networkOf(address);
    let account = this.#accounts.get(network);
    if (account === undefined) {
      account = { replies: burst, credit: graceBytes, sinceUs: nowUs };
    } else {
      this.#accounts.delete(network);
      const elapsedUs = Math.max(0, nowUs - account.sinceUs);
      account.replies = Math.min(burst, account.replies + (elapsedUs / seconds(1)) * perSecond);
      if (account.credit < graceBytes) {
        account.credit = Math.min(graceBytes, account.credit + (elapsedUs / GRACE_REFILL_US) * graceBytes);
      }
      account.sinceUs = nowUs;
    }
    this.#accounts.set(network, account);
    if (this.#accounts.size > maxNetworks) {
      for (const oldest of this.#accounts.keys()) {
        this.#accounts.delete(oldest);
        break;
      }
    }
    return account;
  }
}

/** The /24 or /64 that an address is in. */
function networkOf({ family, ip0, ip1 }: TransportAddress): string {
  return family === 4 ? `4 ${ip0 >>> 8}` : `6 ${ip0} ${ip1}`;
}
