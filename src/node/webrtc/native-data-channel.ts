// DataChannelTransport over node-datachannel.
import type { DataChannel } from "node-datachannel";
import type { Logger } from "../../core/diagnosis/logger.js";
import { Signal } from "../../core/signal/signal.js";
import type { DataChannelTransport } from "../../core/webrtc/peer-transport.js";
import { guarded } from "./guard.js";
import { holdUntilClosed } from "./held-handles.js";

/** A data channel that the peer opened. */
export class NativeDataChannel implements DataChannelTransport {
  readonly label: string;
  readonly messageReceived: Signal<string | Uint8Array> = new Signal();
  readonly #channel: DataChannel;

  constructor(channel: DataChannel, logger: Logger) {
    this.#channel = channel;
    this.label = channel.getLabel();
    holdUntilClosed(channel, logger);
    channel.onError(guarded(logger, "channel.error", (message) => logger.limited("channel.error").warn(message)));
    channel.onMessage(
      guarded(logger, "channel.received", (message) => {
        this.messageReceived.emit(message instanceof ArrayBuffer ? new Uint8Array(message) : message);
      }),
    );
  }

  send(message: string | Uint8Array): boolean {
    try {
      return typeof message === "string"
        ? this.#channel.sendMessage(message)
        : this.#channel.sendMessageBinary(message);
    } catch {
      return false; // Closed in the meantime.
    }
  }

  close(): void {
    this.messageReceived.clear();
    try {
      this.#channel.close();
    } catch {
      // Already closed by the peer.
    }
  }
}
