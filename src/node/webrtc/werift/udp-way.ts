// A UDP socket as a way to peers: on any port, or on a free one of a range.
import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Logger } from "../../../core/diagnosis/logger.js";
import { FloeError } from "../../../core/error/floe-error.js";
import type { DatagramWay } from "./datagram-way.js";

/** A port of a range may be taken, or kept by the system: then the next one is tried. */
const NEXT_PORT: ReadonlySet<string | undefined> = new Set(["EADDRINUSE", "EACCES"]);

/** One socket. */
export class UdpWay implements DatagramWay {
  received: DatagramWay["received"] = () => {};
  readonly family: 4 | 6;
  readonly port: number;
  readonly #socket: Socket;
  #isClosed = false;

  private constructor(socket: Socket, family: 4 | 6, logger: Logger) {
    this.#socket = socket;
    this.family = family;
    this.port = socket.address().port;
    socket.on("message", (bytes, { address, port }) => {
      try {
        this.received(bytes, address.split("%", 1)[0], port);
      } catch (error) {
        logger.limited("udp.received").error("a datagram was not taken", { error });
      }
    });
    // What a host on the way refuses is told here, and ICE notices by itself.
    socket.on("error", (error) => logger.limited("udp.error").debug("the system refused a datagram", { error }));
  }

  /**
   * Binds to `address`, to a port from `ports` when they are given, beginning anywhere in them. Rejects with `webrtc/udp-port`
   * when none of them is free, or the address is not this machine's.
   */
  static async open(
    address: string,
    ports: { readonly min: number; readonly max: number } | undefined,
    logger: Logger,
  ): Promise<UdpWay> {
    const { min, max } = ports ?? { min: 0, max: 0 };
    const count = max - min + 1;
    const first = randomInt(count);
    for (let tried = 0; tried < count; tried++) {
      const socket = await bind(address, min + ((first + tried) % count));
      if (socket !== undefined) {
        return new UdpWay(socket, isIPv6(address) ? 6 : 4, logger);
      }
    }
    throw new FloeError("webrtc/udp-port", `none of the UDP ports ${min} to ${max} on ${address} is free`, {
      fix: "Make webrtc.udpPort a wider range.",
    });
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    if (this.#isClosed) {
      return;
    }
    try {
      this.#socket.send(bytes, port, host);
    } catch {
      // No port that datagrams could go to; whoever told it is not reached.
    }
  }

  proven(): void {}

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#socket.close();
    }
  }
}

/** A bound socket; undefined where another port may be had. */
async function bind(address: string, port: number): Promise<Socket | undefined> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? "udp6" : "udp4",
    ipv6Only: family === 6,
    // Only IP addresses get here: without a queue behind the resolver, what is sent has left when `send` returns.
    lookup: (host, _options, callback) => callback(null, host, family),
  });
  try {
    const listening = once(socket, "listening");
    socket.bind({ address, port, exclusive: true });
    await listening;
    return socket;
  } catch (cause) {
    socket.close();
    const { code } = cause as NodeJS.ErrnoException;
    if (port > 0 && NEXT_PORT.has(code)) {
      return undefined;
    }
    throw new FloeError("webrtc/udp-port", `UDP on ${address} cannot be had (${code})`, {
      cause,
      fix: "Set webrtc.bindAddress to an address of this machine.",
    });
  }
}
