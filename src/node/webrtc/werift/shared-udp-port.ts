// One UDP port for all connections, as where a single one is forwarded: a check names its connection (RFC 8445 7.2.2), and
// whatever else comes from an address belongs to the connection that last had a right check from there.
import type { Logger } from "../../../core/diagnosis/logger.js";
import { WireError } from "../../../core/error/floe-error.js";
import { StunAttribute } from "../../../core/stun/stun-constants.js";
import { StunMessage } from "../../../core/stun/stun-message.js";
import type { DatagramWay } from "./datagram-way.js";
import { UdpWay } from "./udp-way.js";

/** Addresses that one connection may have sent to or heard from. */
const MAX_ADDRESSES = 128;

const open = new Map<string, Promise<SharedUdpPort>>();

/** The port, open while a connection uses it. */
export class SharedUdpPort {
  readonly #udp: UdpWay;
  readonly #key: string;
  readonly #byUfrag = new Map<string, SharedWay>();
  readonly #byAddress = new Map<string, SharedWay>();

  private constructor(udp: UdpWay, key: string) {
    this.#udp = udp;
    this.#key = key;
    udp.received = (bytes, host, port) => {
      const way = this.#byUfrag.get(checkedUfrag(bytes) ?? "") ?? this.#byAddress.get(`${host} ${port}`);
      way?.received(bytes, host, port);
    };
  }

  /** A way over the port for the connection whose checks name `ufrag`. Rejects as `UdpWay.open` does. */
  static async join(
    address: string,
    port: number,
    ufrag: string,
    logger: Logger,
  ): Promise<DatagramWay & { port: number }> {
    const key = `${address} ${port}`;
    const opening =
      open.get(key) ??
      UdpWay.open(address, { min: port, max: port }, logger).then((udp) => new SharedUdpPort(udp, key));
    open.set(key, opening);
    try {
      const shared = await opening;
      // The last connection may have left meanwhile, and closed it.
      return open.get(key) === opening ? shared.#join(ufrag) : await SharedUdpPort.join(address, port, ufrag, logger);
    } catch (error) {
      open.delete(key);
      throw error;
    }
  }

  #join(ufrag: string): SharedWay {
    const addresses = new Set<string>();
    const way: SharedWay = {
      family: this.#udp.family,
      port: this.#udp.port,
      received: () => {},
      send: (bytes, host, port) => {
        if (this.#byUfrag.has(ufrag)) {
          this.#own(way, addresses, `${host} ${port}`, { isProven: false });
          this.#udp.send(bytes, host, port);
        }
      },
      proven: (host, port) => this.#own(way, addresses, `${host} ${port}`, { isProven: true }),
      close: () => this.#leave(ufrag, way, addresses),
    };
    this.#byUfrag.set(ufrag, way);
    return way;
  }

  #own(way: SharedWay, addresses: Set<string>, address: string, { isProven }: { readonly isProven: boolean }): void {
    if (addresses.size < MAX_ADDRESSES && (isProven || !this.#byAddress.has(address))) {
      addresses.add(address);
      this.#byAddress.set(address, way);
    }
  }

  #leave(ufrag: string, way: SharedWay, addresses: ReadonlySet<string>): void {
    this.#byUfrag.delete(ufrag);
    for (const address of addresses) {
      if (this.#byAddress.get(address) === way) {
        this.#byAddress.delete(address);
      }
    }
    if (this.#byUfrag.size === 0) {
      open.delete(this.#key);
      this.#udp.close();
    }
  }
}

type SharedWay = DatagramWay & { readonly port: number };

/** Whose check it is: the first part of a Binding request's user name. */
function checkedUfrag(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0 || bytes[1] !== 1) {
    return undefined;
  }
  try {
    return StunMessage.parse(bytes).text(StunAttribute.username)?.split(":", 1)[0];
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}
