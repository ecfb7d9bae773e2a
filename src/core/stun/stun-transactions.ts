// Requests that wait for their answers (RFC 8489 6.2): on datagrams sent again after 500 ms, doubling, 7 times in all, given up
// 39.5 s after the first; on streams sent once and given up after the same time.
import { encodeHex } from "../bytes/hex.js";
import { type Deadlined, DeadlineHeap } from "../time/deadline-heap.js";
import { type Micros, milliseconds } from "../time/units.js";
import type { StunMessage } from "./stun-message.js";

/** How long and how often. The defaults are the RFC's. */
export type RetransmissionOptions = {
  /** Streams lose nothing: one request, one wait. */
  readonly isReliable: boolean;
  /** First wait; doubles each time. */
  readonly rtoUs?: Micros;
  /** Requests sent in all (Rc). */
  readonly maxSends?: number;
  /** Last wait in first waits (Rm). */
  readonly lastWait?: number;
  /** Wait on a stream (Ti). */
  readonly reliableWaitUs?: Micros;
};

const DEFAULT_RTO_US = milliseconds(500);
const DEFAULT_RELIABLE_WAIT_US = milliseconds(39_500);

type Transaction<T> = Deadlined & {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly context: T;
  readonly sentUs: Micros;
  waitUs: Micros;
  sends: number;
};

/** Answered: what was asked with, and how long it took (not told when it had to be asked twice). */
export type AnsweredTransaction<T> = { readonly context: T; readonly roundTripUs: Micros | undefined };

/** The open requests of one client. `T` is what the client remembers about each. */
export class StunTransactions<T> {
  readonly #options: Required<RetransmissionOptions>;
  readonly #open = new Map<string, Transaction<T>>();
  readonly #deadlines = new DeadlineHeap<Transaction<T>>();

  constructor({
    isReliable,
    rtoUs = DEFAULT_RTO_US,
    maxSends = 7,
    lastWait = 16,
    reliableWaitUs = DEFAULT_RELIABLE_WAIT_US,
  }: RetransmissionOptions) {
    this.#options = { isReliable, rtoUs, maxSends, lastWait, reliableWaitUs };
  }

  get size(): number {
    return this.#open.size;
  }

  get deadlineUs(): Micros | undefined {
    return this.#deadlines.deadlineUs;
  }

  /** Notes a request that goes out now. Keeps `bytes`: they are sent again. */
  start(transactionId: Uint8Array, bytes: Uint8Array, context: T, nowUs: Micros): void {
    const { isReliable, rtoUs, maxSends, lastWait, reliableWaitUs } = this.#options;
    const key = encodeHex(transactionId);
    const waitUs = isReliable ? reliableWaitUs : maxSends === 1 ? rtoUs * lastWait : rtoUs;
    const sends = isReliable ? maxSends : 1;
    const transaction = { key, bytes, context, sentUs: nowUs, waitUs, sends, deadlineUs: 0, heapIndex: -1 };
    this.#open.set(key, transaction);
    this.#deadlines.set(transaction, nowUs + waitUs);
  }

  /** What a message answers; undefined for nothing. The request stays open until `finish`. */
  find({ transactionId }: StunMessage): T | undefined {
    return this.#open.get(encodeHex(transactionId))?.context;
  }

  /** Ends the request that a message answers. */
  finish({ transactionId }: StunMessage, nowUs: Micros): AnsweredTransaction<T> | undefined {
    const transaction = this.#open.get(encodeHex(transactionId));
    if (transaction === undefined) {
      return undefined;
    }
    this.#close(transaction);
    const isFirst = this.#options.isReliable || transaction.sends === 1;
    return { context: transaction.context, roundTripUs: isFirst ? nowUs - transaction.sentUs : undefined };
  }

  /** Forgets all requests and gives back what they were for. */
  clear(): T[] {
    const contexts = [...this.#open.values()].map(({ context }) => context);
    for (const transaction of this.#open.values()) {
      this.#deadlines.remove(transaction);
    }
    this.#open.clear();
    return contexts;
  }

  /** Sends again what is due, and gives up what has waited long enough. */
  tick(nowUs: Micros, send: (bytes: Uint8Array) => void, timedOut: (context: T) => void): void {
    const { maxSends, rtoUs, lastWait } = this.#options;
    for (let due = this.#deadlines.takeDue(nowUs); due !== undefined; due = this.#deadlines.takeDue(nowUs)) {
      if (due.sends >= maxSends) {
        this.#close(due);
        timedOut(due.context);
        continue;
      }
      due.sends++;
      due.waitUs *= 2;
      send(due.bytes);
      // From the moment it was due, so that a late tick does not stretch the whole.
      this.#deadlines.set(due, due.deadlineUs + (due.sends === maxSends ? rtoUs * lastWait : due.waitUs));
    }
  }

  #close(transaction: Transaction<T>): void {
    this.#open.delete(transaction.key);
    this.#deadlines.remove(transaction);
  }
}
