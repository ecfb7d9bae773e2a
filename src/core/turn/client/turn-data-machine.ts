// A TURN client's data connection (RFC 6062 4.3): a stream of its own to the server that ConnectionBind turns into a pipe to a peer.
import type { Entropy } from "../../crypto/entropy.js";
import { WireError } from "../../error/floe-error.js";
import type { Machine } from "../../net/machine.js";
import { StreamAssembler } from "../../stun/stream-assembler.js";
import { StunAttribute, StunClass, StunMethod } from "../../stun/stun-constants.js";
import { StunMessage } from "../../stun/stun-message.js";
import { StunWriter } from "../../stun/stun-writer.js";
import type { Micros } from "../../time/units.js";
import type { ClientAuth } from "./client-auth.js";
import { ClientExchange } from "./client-exchange.js";
import type { TurnFailure } from "./client-io.js";
import { UNDERSTOOD } from "./client-request.js";

/** An input. */
export type TurnDataInput =
  /** The stream is connected: bind it. */
  | { readonly kind: "start" }
  /** The next bytes of the stream. Not read after `handle` returns, but for `early`. */
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  | { readonly kind: "closed" };

/** An output. */
export type TurnDataOutput =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** The stream is the peer's from now on. `early` came already, a view of the bytes received last. Nothing follows. */
  | { readonly kind: "joined"; readonly early: Uint8Array }
  /** The stream is of no use; close it. Nothing follows. */
  | { readonly kind: "failed"; readonly reason: TurnFailure };

const MAX_FRAME_BYTES = 2048;

/** One data connection, up to the moment when it is a pipe. */
export class TurnDataMachine implements Machine<TurnDataInput, TurnDataOutput> {
  readonly #exchange: ClientExchange<number>;
  readonly #assembler = new StreamAssembler(MAX_FRAME_BYTES);
  readonly #outputs: TurnDataOutput[] = [];
  readonly #connectionId: number;
  #state: "idle" | "binding" | "over" = "idle";

  /** Made by `TurnClientMachine.dataConnection`. */
  constructor({
    entropy,
    auth,
    connectionId,
  }: {
    readonly entropy: Entropy;
    readonly auth: ClientAuth;
    readonly connectionId: number;
  }) {
    const writer = new StunWriter(new Uint8Array(1024));
    this.#connectionId = connectionId;
    this.#exchange = new ClientExchange({
      entropy,
      auth,
      isReliable: true,
      writer,
      write: (id, transactionId) =>
        writer.start(StunClass.request, StunMethod.connectionBind, transactionId).u32(StunAttribute.connectionId, id),
      send: (bytes) => this.#outputs.push({ kind: "send", bytes }),
    });
  }

  get deadlineUs(): Micros | undefined {
    return this.#exchange.deadlineUs;
  }

  poll(): TurnDataOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: TurnDataInput, nowUs: Micros): void {
    switch (input.kind) {
      case "start":
        if (this.#state === "idle") {
          this.#state = "binding";
          this.#exchange.ask(this.#connectionId, nowUs);
        }
        break;
      case "received":
        this.#receive(input.bytes, nowUs);
        break;
      case "closed":
        this.#end({ kind: "failed", reason: { kind: "closed" } });
        break;
      default:
        input satisfies never;
    }
  }

  tick(nowUs: Micros): void {
    this.#exchange.tick(nowUs, () => {
      const { unsignedCode } = this.#exchange;
      this.#end({ kind: "failed", reason: { kind: "timeout", unsignedCode } });
    });
  }

  #receive(bytes: Uint8Array, nowUs: Micros): void {
    this.#assembler.feed(bytes);
    // The answer ends the frames: what follows it is the peer's.
    while (this.#state === "binding" && this.#assembler.next()) {
      this.#read(this.#assembler.frame(), nowUs);
    }
    if (this.#state === "binding" && this.#assembler.isBroken) {
      this.#end({ kind: "failed", reason: { kind: "malformed" } });
    }
  }

  #read(frame: Uint8Array, nowUs: Micros): void {
    try {
      const message = StunMessage.parse(frame);
      const answer = this.#exchange.answer(message, nowUs);
      if (answer.kind === "refused") {
        this.#end({ kind: "failed", reason: answer.reason });
      } else if (answer.kind === "succeeded") {
        const isUnderstood = message.unknownRequired(UNDERSTOOD).length === 0;
        const early = this.#assembler.rest();
        this.#end(isUnderstood ? { kind: "joined", early } : { kind: "failed", reason: { kind: "malformed" } });
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
    }
  }

  #end(output: TurnDataOutput): void {
    if (this.#state !== "over") {
      this.#state = "over";
      this.#exchange.clear();
      this.#outputs.push(output);
    }
  }
}
