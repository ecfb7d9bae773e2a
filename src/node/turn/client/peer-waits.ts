// Who waits for a peer to be let in, for its channel, or for a connection with it: promises by peer, each settled once.
import { formatTransportAddress, type TransportAddress } from "../../../core/net/transport-address.js";
import { Deferred } from "../../net/deferred.js";

/** Open waits of one kind: one a peer, however many ask. */
export class PeerWaits<T> {
  readonly #open = new Map<string, Deferred<T>>();

  /** The promise for a peer; `isFirst` when nobody waited before. */
  wait(peer: TransportAddress): { readonly promise: Promise<T>; readonly isFirst: boolean } {
    const key = formatTransportAddress(peer);
    const known = this.#open.get(key);
    const wait = known ?? new Deferred<T>();
    this.#open.set(key, wait);
    return { promise: wait.promise, isFirst: known === undefined };
  }

  /** Quiet when nobody waited. */
  resolve(peer: TransportAddress, value: T): void {
    this.#take(formatTransportAddress(peer))?.resolve(value);
  }

  /** True when somebody waited. */
  reject(peer: TransportAddress, error: unknown): boolean {
    const wait = this.#take(formatTransportAddress(peer));
    wait?.reject(error);
    return wait !== undefined;
  }

  rejectAll(error: unknown): void {
    for (const key of [...this.#open.keys()]) {
      this.#take(key)?.reject(error);
    }
  }

  #take(key: string): Deferred<T> | undefined {
    const wait = this.#open.get(key);
    this.#open.delete(key);
    return wait;
  }
}
