// A STUN server as a machine (RFC 8489 7): Binding requests by datagram, answered within the bounds of the reply guard.
import { WireError } from "../error/floe-error.js";
import type { Machine } from "../net/machine.js";
import type { TransportAddress } from "../net/transport-address.js";
import type { Micros } from "../time/units.js";
import { writeBindingResponse } from "./binding-response.js";
import { ReplyGuard, type ReplyGuardOptions } from "./reply-guard.js";
import { StunClass, StunMethod } from "./stun-constants.js";
import { hasValidFingerprint } from "./stun-integrity.js";
import { StunMessage } from "./stun-message.js";
import { StunWriter } from "./stun-writer.js";

/** A datagram that came in on `socket`, a number of the caller's. */
export type BindingServerInput = {
  readonly kind: "datagram";
  readonly socket: number;
  readonly from: TransportAddress;
  readonly bytes: Uint8Array;
};

/** A datagram to send from `socket`; the bytes are the receiver's. */
export type BindingServerOutput = {
  readonly kind: "send";
  readonly socket: number;
  readonly to: TransportAddress;
  readonly bytes: Uint8Array;
};

/** Counts since the server was made. */
export type BindingServerReport = { answered: number; malformed: number; ignored: number; limited: number };

const MAX_WAITING = 256;

/** Tells everybody their address. Never throws because of what came in. */
export class BindingServer implements Machine<BindingServerInput, BindingServerOutput> {
  readonly #guard: ReplyGuard;
  readonly #software: string;
  readonly #writer = new StunWriter(new Uint8Array(2048));
  readonly #outputs: BindingServerOutput[] = [];
  readonly #counters: BindingServerReport = { answered: 0, malformed: 0, ignored: 0, limited: 0 };

  /** `software` is told in every answer; empty, the default, tells nothing. */
  constructor({ software = "", guard = {} }: { readonly software?: string; readonly guard?: ReplyGuardOptions } = {}) {
    this.#guard = new ReplyGuard(guard);
    this.#software = software;
  }

  /** Nothing is ever due. */
  get deadlineUs(): undefined {
    return undefined;
  }

  tick(): void {}

  poll(): BindingServerOutput | undefined {
    return this.#outputs.shift();
  }

  handle({ socket, from, bytes }: BindingServerInput, nowUs: Micros): void {
    this.#guard.received(from, bytes.length, nowUs);
    try {
      const request = StunMessage.parse(bytes);
      if (request.fingerprintAt > 0 && !hasValidFingerprint(request)) {
        this.#counters.malformed++;
      } else if (request.messageClass !== StunClass.request || request.method !== StunMethod.binding) {
        this.#counters.ignored++;
      } else {
        this.#answer(
          socket,
          from,
          writeBindingResponse(this.#writer, request, from, { software: this.#software }),
          nowUs,
        );
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.#counters.malformed++;
    }
  }

  /** The counters. */
  report(): BindingServerReport {
    return { ...this.#counters };
  }

  #answer(socket: number, to: TransportAddress, bytes: Uint8Array, nowUs: Micros): void {
    if (this.#outputs.length < MAX_WAITING && this.#guard.admits(to, bytes.length, nowUs)) {
      this.#counters.answered++;
      this.#outputs.push({ kind: "send", socket, to, bytes: bytes.slice() });
    } else {
      this.#counters.limited++;
    }
  }
}
