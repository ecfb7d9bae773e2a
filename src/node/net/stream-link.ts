// A link over TCP or TLS.
import type { Socket } from "node:net";
import { parseIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import type { StunServerUrl } from "../../core/stun/server-url.js";
import { closeGently } from "./close-gently.js";
import { linkBroken } from "./link-error.js";
import type { LinkEvents, ServerLink } from "./server-link.js";

/** Over an open stream, which it owns from now on. */
export class StreamLink implements ServerLink {
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly #socket: Socket;
  #isClosed = false;

  constructor(url: StunServerUrl, socket: Socket, events: LinkEvents) {
    this.#socket = socket;
    this.local = parseIpAddress(socket.localAddress ?? "0.0.0.0", socket.localPort);
    this.remote = parseIpAddress(socket.remoteAddress ?? "0.0.0.0", socket.remotePort);
    let failure: unknown;
    socket.on("data", (bytes: Buffer) => {
      if (!this.#isClosed) {
        events.received(bytes);
      }
    });
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => {
      if (!this.#isClosed) {
        this.#isClosed = true;
        events.closed(failure === undefined ? null : linkBroken(url, failure));
      }
    });
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) {
      this.#socket.write(bytes);
    }
  }

  close(): void {
    this.#isClosed = true;
    closeGently(this.#socket);
  }
}
