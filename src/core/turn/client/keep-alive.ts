// Keeps a NAT's way open while a TURN client has nothing to say: a Binding indication, which nobody answers (RFC 8445 11).
import type { Entropy } from "../../crypto/entropy.js";
import { StunClass, StunMethod, TRANSACTION_ID_BYTES } from "../../stun/stun-constants.js";
import type { StunWriter } from "../../stun/stun-writer.js";
import { type Micros, seconds } from "../../time/units.js";

/** Silence after which one is sent. NATs forget a way by UDP after 30 s at the earliest (RFC 4787 4.3 wants 120). */
const QUIET_US = seconds(15);

/** When one is due. Off until `begin`. */
export class KeepAlive {
  #sentUs: Micros = 0;
  #deadlineUs: Micros | undefined;

  get deadlineUs(): Micros | undefined {
    return this.#deadlineUs;
  }

  begin(nowUs: Micros): void {
    this.#sentUs = nowUs;
    this.#deadlineUs = nowUs + QUIET_US;
  }

  /** Something went out. Costs nothing: the deadline is looked at when it comes. */
  sent(nowUs: Micros): void {
    this.#sentUs = nowUs;
  }

  /** Whether one is due now; the next is set. */
  takeDue(nowUs: Micros): boolean {
    if (this.#deadlineUs === undefined || this.#deadlineUs > nowUs) {
      return false;
    }
    const isQuiet = this.#sentUs + QUIET_US <= nowUs;
    this.#sentUs = isQuiet ? nowUs : this.#sentUs;
    this.#deadlineUs = this.#sentUs + QUIET_US;
    return isQuiet;
  }

  end(): void {
    this.#deadlineUs = undefined;
  }
}

/** The message. */
export function keepAliveIndication(writer: StunWriter, entropy: Entropy): Uint8Array {
  const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
  entropy.fill(transactionId);
  return writer.start(StunClass.indication, StunMethod.binding, transactionId).finishCopy();
}
