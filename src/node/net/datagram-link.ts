// A link over UDP: a socket that is connected, so that only the server's datagrams come in, and the system's refusals do.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { parseIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import type { StunServerUrl } from "../../core/stun/server-url.js";
import { linkError, linkTimeout } from "./link-error.js";
import { type StepBounds, takeStep } from "./link-step.js";
import type { HostAddress } from "./resolve-host.js";
import type { LinkEvents, ServerLink } from "./server-link.js";

/** Opens one. */
export async function openDatagramLink(
  url: StunServerUrl,
  { address, family }: HostAddress,
  events: LinkEvents,
  bounds: StepBounds,
): Promise<ServerLink> {
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  await takeStep({
    bounds,
    run: async () => {
      try {
        socket.connect(url.port, address);
        await once(socket, "connect");
      } catch (cause) {
        socket.close();
        throw linkError("connect", url, cause);
      }
    },
    stop: () => socket.close(),
    timedOut: () => linkTimeout("connect", url, bounds.timeoutMs),
  });
  return new DatagramLink(url, socket, events);
}

class DatagramLink implements ServerLink {
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly #url: StunServerUrl;
  readonly #socket: Socket;
  readonly #events: LinkEvents;
  #hasReceived = false;
  #isClosed = false;
  /** Datagrams that the system has not taken yet: a socket that is closed would forget them. */
  #waiting = 0;

  constructor(url: StunServerUrl, socket: Socket, events: LinkEvents) {
    this.#url = url;
    this.#socket = socket;
    this.#events = events;
    const [local, remote] = [socket.address(), socket.remoteAddress()];
    this.local = parseIpAddress(local.address, local.port);
    this.remote = parseIpAddress(remote.address, remote.port);
    socket.on("message", (bytes) => {
      this.#hasReceived = true;
      if (!this.#isClosed) {
        events.received(bytes);
      }
    });
    socket.on("error", (error) => this.#failed(error));
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#socket.getSendQueueSize();
  }

  send(bytes: Uint8Array): void {
    if (!this.#isClosed) {
      this.#waiting++;
      this.#socket.send(bytes, (error) => this.#sent(error));
    }
  }

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#closeWhenSent();
    }
  }

  #sent(error: Error | null): void {
    this.#waiting--;
    if (error !== null && !this.#isClosed) {
      this.#failed(error);
    } else {
      this.#closeWhenSent();
    }
  }

  #closeWhenSent(): void {
    if (this.#isClosed && this.#waiting === 0) {
      this.#socket.close();
    }
  }

  /**
   * A refusal before anything came is the end (RFC 8489 6.2.1). Afterwards it may be anybody's: the client's own requests find
   * out whether the server is gone.
   */
  #failed(error: unknown): void {
    if (!this.#hasReceived && !this.#isClosed) {
      this.close();
      this.#events.closed(linkError("connect", this.#url, error));
    }
  }
}
