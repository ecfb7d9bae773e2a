// Where a TURN server listens: one UDP socket an address, TCP and TLS beside them. Behind a wildcard the UDP sockets follow the
// machine's addresses as they come and go.
import { FloeError } from "../../core/error/floe-error.js";
import { formatTransportAddress, isSameIp, type TransportAddress } from "../../core/net/transport-address.js";
import { Signal } from "../../core/signal/signal.js";
import type { Clock } from "../../core/time/clock.js";
import { seconds } from "../../core/time/units.js";
import { type AddressPlan, machineAddresses } from "./address-plan.js";
import type { ClientStreams } from "./client-streams.js";
import type { BindResult, DatagramPort } from "./datagram-port.js";
import { listenError } from "./listen-error.js";
import type { TurnServerOptions, TurnTls } from "./turn-server-options.js";

const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
/** Ports that are tried where any will do: one that is free for UDP may be taken for TCP. */
const MAX_PORT_TRIES = 16;
/** How often the machine's addresses are looked at. */
const LOOK_EVERY_US = seconds(10);

/** What listeners are made of. */
export type ListenersOptions = {
  readonly plan: AddressPlan;
  readonly clock: Clock;
  readonly datagrams: DatagramPort;
  readonly streams: Pick<ClientStreams, "listen" | "unlisten">;
  /** Tells the machine's addresses now. */
  readonly addresses?: () => readonly TransportAddress[];
};

/** The sockets that listen. */
export class Listeners {
  /** The machine has these addresses now. */
  readonly addressesChanged: Signal<readonly TransportAddress[]> = new Signal();
  /** UDP and TCP. */
  port = 0;
  tlsPort: number | undefined;
  readonly #options: ListenersOptions;
  /** By the UDP socket's number. */
  readonly #listening = new Map<number, TransportAddress>();
  #own: readonly TransportAddress[];
  #next = 1;
  #look: Disposable | undefined;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#own = options.plan.own;
  }

  /** Where UDP is listened on: `192.0.2.1:3478`. */
  get addresses(): readonly string[] {
    return [...this.#listening.values()].map(formatTransportAddress);
  }

  /** Opens all. Rejects with what `listenError` says, or `turn/bad-certificate`. */
  async listen({ port = DEFAULT_PORT, tls }: Pick<TurnServerOptions, "port" | "tls">): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#listenOn(port);
        break;
      } catch (error) {
        const isTaken = error instanceof FloeError && error.code === "turn/address-in-use";
        if (port !== 0 || !isTaken || tries === MAX_PORT_TRIES) {
          throw error;
        }
        await this.#unlisten();
      }
    }
    if (tls !== undefined) {
      this.tlsPort = await this.#listenTcp("TLS", tls.port ?? DEFAULT_TLS_PORT, tls);
    }
    this.#lookLater();
  }

  /** No longer follows the machine's addresses. Sockets are closed by those who hold them. */
  stop(): void {
    this.#look?.[Symbol.dispose]();
  }

  async #listenOn(port: number): Promise<void> {
    this.port = port;
    for (const address of this.#options.plan.listen) {
      this.port = await this.#bind({ ...address, port: this.port });
    }
    await this.#listenTcp("TCP", this.port);
  }

  async #listenTcp(what: "TCP" | "TLS", port: number, tls?: TurnTls): Promise<number> {
    let chosen = port;
    for (const address of this.#options.plan.listenTcp) {
      try {
        chosen = await this.#options.streams.listen({ ...address, port: chosen }, tls);
      } catch (error) {
        throw error instanceof FloeError ? error : listenError(error, what, { ...address, port: chosen });
      }
    }
    return chosen;
  }

  #bind(address: TransportAddress): Promise<number> {
    const number = this.#next++;
    const bound = new Promise<BindResult>((resolve) => {
      this.#options.datagrams.bind("clients", number, address, resolve);
    });
    return bound.then((result) => {
      if ("error" in result) {
        throw listenError(result.error, "UDP", address);
      }
      this.#listening.set(number, { ...address, port: result.port });
      return result.port;
    });
  }

  #unlisten(): Promise<void> {
    for (const number of this.#listening.keys()) {
      this.#options.datagrams.close("clients", number);
    }
    this.#listening.clear();
    return this.#options.streams.unlisten();
  }

  #lookLater(): void {
    const { clock } = this.#options;
    this.#look = clock.schedule(clock.nowUs() + LOOK_EVERY_US, () => {
      this.#lookAtAddresses((this.#options.addresses ?? machineAddresses)());
      this.#lookLater();
    });
  }

  #lookAtAddresses(own: readonly TransportAddress[]): void {
    const { plan, datagrams } = this.#options;
    const isIn = (some: Iterable<TransportAddress>, address: TransportAddress): boolean =>
      [...some].some((other) => isSameIp(other, address));
    const isSame = own.length === this.#own.length && own.every((address) => isIn(this.#own, address));
    if (isSame) {
      return;
    }
    this.#own = own;
    this.addressesChanged.emit(own);
    if (!plan.isWildcard) {
      return;
    }
    for (const [number, address] of this.#listening) {
      if (!isIn(own, address)) {
        datagrams.close("clients", number);
        this.#listening.delete(number);
      }
    }
    for (const address of own) {
      if (plan.families.includes(address.family) && !isIn(this.#listening.values(), address)) {
        // An address that cannot be bound yet is tried again at the next look.
        this.#bind({ ...address, port: this.port }).catch(() => {
          this.#own = [];
        });
      }
    }
  }
}
