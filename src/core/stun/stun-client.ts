// A STUN client as a machine (RFC 8489 6, 7): asks one server for the address that it sees, over a datagram socket or a stream.
import type { Entropy } from "../crypto/entropy.js";
import { WireError } from "../error/floe-error.js";
import type { Machine } from "../net/machine.js";
import type { TransportAddress } from "../net/transport-address.js";
import type { Micros } from "../time/units.js";
import { StreamAssembler } from "./stream-assembler.js";
import { STUN_BASICS, StunAttribute, StunClass, StunMethod, TRANSACTION_ID_BYTES } from "./stun-constants.js";
import { hasValidFingerprint, hasValidIntegrity } from "./stun-integrity.js";
import type { StunKey } from "./stun-key.js";
import { StunMessage } from "./stun-message.js";
import { StunTransactions } from "./stun-transactions.js";
import { StunWriter } from "./stun-writer.js";

/** An input. */
export type StunClientInput =
  /** Ask; `request` is a number of the caller's that the answer carries. */
  | { readonly kind: "bind"; readonly request: number }
  /** A datagram from the server, or a piece of its stream. */
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  /** The connection is gone: every open request fails. */
  | { readonly kind: "closed" };

/** An output. */
export type StunClientOutput =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | {
      readonly kind: "bound";
      readonly request: number;
      readonly mappedAddress: TransportAddress;
      /** Undefined when the request had to be sent again. */
      readonly roundTripUs: Micros | undefined;
    }
  | { readonly kind: "failed"; readonly request: number; readonly reason: StunFailure };

/** Why there is no address. */
export type StunFailure =
  | { readonly kind: "timeout" }
  | { readonly kind: "closed" }
  /** The server answered, but with what cannot be understood. */
  | { readonly kind: "malformed"; readonly what: string }
  | {
      readonly kind: "refused";
      readonly code: number;
      readonly reason: string;
      /** With code 300: where to ask instead. */
      readonly alternateServer: TransportAddress | undefined;
    };

/** How a client asks. */
export type StunClientOptions = {
  readonly entropy: Entropy;
  /** A stream's requests are not sent again. */
  readonly transport?: "datagram" | "stream";
  /** First wait for an answer to a datagram; doubles, 7 requests in all. */
  readonly rtoUs?: Micros;
  /** Short-term credentials: requests are signed, and answers that are not are ignored. */
  readonly credentials?: { readonly username: string; readonly key: StunKey };
};

const MAX_OPEN = 64;
const MAX_STREAM_MESSAGE_BYTES = 2048;

/** Asks for the mapped address. Keeps at most 64 requests open; one more fails at once. */
export class StunClient implements Machine<StunClientInput, StunClientOutput> {
  readonly #options: StunClientOptions;
  readonly #transactions: StunTransactions<number>;
  readonly #assembler: StreamAssembler | undefined;
  readonly #writer = new StunWriter(new Uint8Array(1024));
  readonly #outputs: StunClientOutput[] = [];
  #ignored = 0;

  constructor(options: StunClientOptions) {
    this.#options = options;
    const { transport = "datagram", rtoUs } = options;
    const isReliable = transport === "stream";
    this.#transactions = new StunTransactions({ isReliable, ...(rtoUs === undefined ? {} : { rtoUs }) });
    this.#assembler = isReliable ? new StreamAssembler(MAX_STREAM_MESSAGE_BYTES) : undefined;
  }

  /** Datagrams that were no answer to us: foreign, forged or broken. */
  get ignored(): number {
    return this.#ignored;
  }

  get deadlineUs(): Micros | undefined {
    return this.#transactions.deadlineUs;
  }

  poll(): StunClientOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: StunClientInput, nowUs: Micros): void {
    switch (input.kind) {
      case "bind":
        this.#ask(input.request, nowUs);
        break;
      case "received":
        this.#receive(input.bytes, nowUs);
        break;
      case "closed":
        for (const request of this.#transactions.clear()) {
          this.#outputs.push({ kind: "failed", request, reason: { kind: "closed" } });
        }
        break;
    }
  }

  tick(nowUs: Micros): void {
    this.#transactions.tick(
      nowUs,
      (bytes) => this.#outputs.push({ kind: "send", bytes }),
      (request) => this.#outputs.push({ kind: "failed", request, reason: { kind: "timeout" } }),
    );
  }

  #ask(request: number, nowUs: Micros): void {
    if (this.#transactions.size >= MAX_OPEN) {
      const what = `${MAX_OPEN} requests are open already`;
      this.#outputs.push({ kind: "failed", request, reason: { kind: "malformed", what } });
      return;
    }
    const { entropy, credentials } = this.#options;
    const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
    entropy.fill(transactionId);
    const writer = this.#writer.start(StunClass.request, StunMethod.binding, transactionId);
    if (credentials !== undefined) {
      writer.text(StunAttribute.username, credentials.username).integrity(credentials.key);
    }
    const bytes = writer.fingerprint().finishCopy();
    this.#transactions.start(transactionId, bytes, request, nowUs);
    this.#outputs.push({ kind: "send", bytes });
  }

  #receive(bytes: Uint8Array, nowUs: Micros): void {
    if (this.#assembler === undefined) {
      this.#read(bytes, nowUs);
      return;
    }
    this.#assembler.feed(bytes);
    while (this.#assembler.next()) {
      this.#read(this.#assembler.frame(), nowUs);
    }
  }

  #read(bytes: Uint8Array, nowUs: Micros): void {
    try {
      const message = StunMessage.parse(bytes);
      const request = this.#transactions.find(message);
      if (request === undefined || !this.#isGenuine(message)) {
        this.#ignored++;
        return;
      }
      const answered = this.#transactions.finish(message, nowUs);
      this.#outputs.push(this.#outcome(message, request, answered?.roundTripUs));
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.#ignored++;
    }
  }

  /** An answer of ours: right class, right fingerprint, and signed when we sign. */
  #isGenuine(message: StunMessage): boolean {
    const { credentials } = this.#options;
    return (
      (message.messageClass === StunClass.success || message.messageClass === StunClass.error) &&
      (message.fingerprintAt === 0 || hasValidFingerprint(message)) &&
      (credentials === undefined || hasValidIntegrity(message, credentials.key))
    );
  }

  #outcome(message: StunMessage, request: number, roundTripUs: Micros | undefined): StunClientOutput {
    try {
      const error = message.messageClass === StunClass.error ? message.errorCode() : undefined;
      if (error !== undefined) {
        const alternateServer = message.address(StunAttribute.alternateServer);
        return { kind: "failed", request, reason: { kind: "refused", ...error, alternateServer } };
      }
      const mappedAddress =
        message.xorAddress(StunAttribute.xorMappedAddress) ?? message.address(StunAttribute.mappedAddress);
      if (mappedAddress !== undefined && message.unknownRequired(STUN_BASICS).length === 0) {
        return { kind: "bound", request, mappedAddress, roundTripUs };
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
    }
    const what = "the answer holds no address, or what must be understood and is not";
    return { kind: "failed", request, reason: { kind: "malformed", what } };
  }
}
