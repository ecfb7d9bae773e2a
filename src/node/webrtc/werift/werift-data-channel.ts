// A data channel that the peer opened over an SCTP association of ours.
import { Signal } from "../../../core/signal/signal.js";
import type { DataChannelTransport } from "../../../core/webrtc/peer-transport.js";

/** One channel. */
export class WeriftDataChannel implements DataChannelTransport {
  readonly label: string;
  readonly messageReceived: Signal<string | Uint8Array> = new Signal();
  #send: (message: string | Uint8Array) => boolean;

  constructor(label: string, send: (message: string | Uint8Array) => boolean) {
    this.label = label;
    this.#send = send;
  }

  send(message: string | Uint8Array): boolean {
    return this.#send(message);
  }

  /** The channel is over: nothing is sent or told any more. */
  end(): void {
    this.#send = () => false;
    this.messageReceived.clear();
  }
}
