// The requests of a TURN client: signed after the first challenge, asked again with a fresh nonce, and answered only by what is
// signed in turn (RFC 8489 9.2.5).
import type { Entropy } from "../../crypto/entropy.js";
import { StunAttribute, StunClass, TRANSACTION_ID_BYTES } from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import { StunTransactions } from "../../stun/stun-transactions.js";
import type { StunWriter } from "../../stun/stun-writer.js";
import type { Micros } from "../../time/units.js";
import type { ClientAuth } from "./client-auth.js";
import type { TurnFailure } from "./client-io.js";

/** What requests are made of. */
export type ClientExchangeOptions<Asked> = {
  readonly entropy: Entropy;
  /** May be shared: a challenge on one connection is good for the others. */
  readonly auth: ClientAuth;
  readonly isReliable: boolean;
  readonly rtoUs?: Micros | undefined;
  readonly writer: StunWriter;
  /** Writes a request up to its signature. */
  readonly write: (asked: Asked, transactionId: Uint8Array) => void;
  readonly send: (bytes: Uint8Array) => void;
};

/** What a message from the server is worth. */
export type ClientAnswer<Asked> =
  /** No answer to an open request, or one that is not believed. */
  | { readonly kind: "ignored" }
  /** A challenge: the request went out again. */
  | { readonly kind: "asked-again" }
  /** The request is open until `finish`, so that a broken answer can be passed over. */
  | { readonly kind: "succeeded"; readonly asked: Asked }
  | { readonly kind: "refused"; readonly asked: Asked; readonly reason: TurnFailure };

/** A request with how often its nonce was stale. */
type Context<Asked> = { readonly asked: Asked; readonly retries: number; readonly wasSigned: boolean };

const MAX_NONCE_RETRIES = 3;

/** All of one connection. */
export class ClientExchange<Asked> {
  readonly #options: ClientExchangeOptions<Asked>;
  readonly #transactions: StunTransactions<Context<Asked>>;
  #unsignedCode = 0;

  constructor(options: ClientExchangeOptions<Asked>) {
    const { isReliable, rtoUs } = options;
    this.#options = options;
    this.#transactions = new StunTransactions({ isReliable, ...(rtoUs === undefined ? {} : { rtoUs }) });
  }

  get deadlineUs(): Micros | undefined {
    return this.#transactions.deadlineUs;
  }

  /** The code of the last answer that was not believed; 0 for none. */
  get unsignedCode(): number {
    return this.#unsignedCode;
  }

  /** Sends a request. */
  ask(asked: Asked, nowUs: Micros): void {
    this.#ask(asked, 0, nowUs);
  }

  /** Reads an answer. Throws `WireError` where it is broken; the request stays open then. */
  answer(message: StunMessage, nowUs: Micros): ClientAnswer<Asked> {
    const { auth } = this.#options;
    const context = this.#transactions.find(message);
    if (context === undefined || message.messageClass === StunClass.request) {
      return { kind: "ignored" };
    }
    const { asked, wasSigned } = context;
    const error =
      message.messageClass === StunClass.error ? (message.errorCode() ?? { code: 0, reason: "" }) : undefined;
    const isChallenge = error?.code === 401 || error?.code === 438;
    // An unsigned success is never believed; of unsigned errors, challenges are, and anything while nothing was signed.
    const isUnsignedRefusal = error !== undefined && !wasSigned;
    if (!(isChallenge || isUnsignedRefusal || auth.isGenuine(message))) {
      this.#unsignedCode = error?.code ?? 0;
      return { kind: "ignored" };
    }
    if (error === undefined) {
      return { kind: "succeeded", asked };
    }
    if (!isChallenge) {
      const alternateServer = message.address(StunAttribute.alternateServer);
      this.#transactions.finish(message, nowUs);
      return { kind: "refused", asked, reason: { kind: "refused", ...error, alternateServer } };
    }
    const isTaken = auth.take(message);
    this.#transactions.finish(message, nowUs);
    // A 401 to a signed request says that name or password is wrong; asking once more would not change that.
    const isAgain = error.code === 401 && wasSigned;
    if (!isTaken || isAgain || context.retries >= MAX_NONCE_RETRIES) {
      return { kind: "refused", asked, reason: { kind: "unauthorized" } };
    }
    this.#ask(asked, context.retries + 1, nowUs);
    return { kind: "asked-again" };
  }

  /** Ends the request that a message answers. */
  finish(message: StunMessage, nowUs: Micros): void {
    this.#transactions.finish(message, nowUs);
  }

  /** Sends again what is due, and gives up what has waited long enough. */
  tick(nowUs: Micros, timedOut: (asked: Asked) => void): void {
    this.#transactions.tick(nowUs, this.#options.send, ({ asked }) => timedOut(asked));
  }

  /** Forgets all requests. */
  clear(): void {
    this.#transactions.clear();
  }

  #ask(asked: Asked, retries: number, nowUs: Micros): void {
    const { entropy, auth, writer, write, send } = this.#options;
    const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
    entropy.fill(transactionId);
    write(asked, transactionId);
    auth.sign(writer);
    const bytes = writer.finishCopy();
    this.#transactions.start(transactionId, bytes, { asked, retries, wasSigned: auth.isChallenged }, nowUs);
    send(bytes);
  }
}
