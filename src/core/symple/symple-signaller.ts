// Calls over Symple: implements the Signaller port for anything that has an address, a client or a virtual peer.
import { Signal } from "../signal/signal.js";
import type { Signaller, SignallingMessage } from "../webrtc/signaller.js";
import { isCallMessage, readCallMessage, writeCallMessage } from "./call-message.js";
import type { MessagePort } from "./peer-message.js";

/** Listens to a port for as long as it lives; dispose of it to stop. */
export class SympleSignaller implements Signaller {
  readonly received: Signal<SignallingMessage> = new Signal();
  readonly #port: MessagePort;
  readonly #listening: Disposable;
  #malformed = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#listening = port.received.on((message) => {
      if (!isCallMessage(message)) {
        return;
      }
      const call = readCallMessage(message);
      if (call === undefined) {
        this.#malformed++;
      } else {
        this.received.emit(call);
      }
    });
  }

  /** How many messages of calls were dropped because of their shape. */
  get malformed(): number {
    return this.#malformed;
  }

  send(message: SignallingMessage): void {
    this.#port.send(writeCallMessage(message));
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.received.clear();
  }
}

/** The Signaller of a client or a virtual peer. */
export function sympleSignaller(port: MessagePort): SympleSignaller {
  return new SympleSignaller(port);
}
