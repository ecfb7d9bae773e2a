// Which peers a TURN server relays to. A relay reaches what its host reaches, so everything that is not the public internet is
// refused unless it was listed: the server must not be a way into the network that it stands in.
import { type AddressRange, isInRange, normaliseAddress, parseAddressRange } from "../../net/address-range.js";
import { isSameIp, type TransportAddress } from "../../net/transport-address.js";

/** Refused unless opened: this host, loopback, private, shared, link-local, protocol, benchmark, multicast, reserved. */
export const DENIED_RANGES: readonly string[] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

const denied = DENIED_RANGES.map(parseAddressRange);

/** What a server opens and what it is. */
export type PeerPolicyOptions = {
  /** Ranges to relay to although they are refused by default: `192.168.1.0/24`, `::1`. */
  readonly allowPeers?: readonly string[];
  /** The server's own addresses: refused, but for its own relayed addresses. */
  readonly ownAddresses?: readonly TransportAddress[];
  /** Whether the address and port is one that this server relays for by that transport. */
  readonly isRelayedHere?: RelayedHere;
  /**
   * UDP ports of the server's own addresses that may be reached all the same: its own media. Port 0 asks for a permission that
   * names none; packets are asked about one by one.
   */
  readonly ownPorts?: (port: number) => boolean;
};

type RelayedHere = (address: TransportAddress, port: number, transport: "udp" | "tcp") => boolean;

/** Decides on peers. Throws `WireError` at construction for a range that is none. */
export class PeerPolicy {
  readonly #allowed: readonly AddressRange[];
  #own: readonly TransportAddress[];
  #version = 1;
  readonly #isRelayedHere: RelayedHere;
  readonly #ownPorts: (port: number) => boolean;

  constructor({
    allowPeers = [],
    ownAddresses = [],
    isRelayedHere = () => false,
    ownPorts = () => false,
  }: PeerPolicyOptions = {}) {
    this.#ownPorts = ownPorts;
    this.#allowed = allowPeers.map(parseAddressRange);
    this.#own = ownAddresses.map(normaliseAddress);
    this.#isRelayedHere = isRelayedHere;
  }

  /** The ranges that are open, for whoever runs the server to read. */
  get openRanges(): readonly string[] {
    return this.#allowed.map(({ text }) => text);
  }

  /** Goes up when verdicts may have changed: who keeps one keeps the version beside it. */
  get version(): number {
    return this.#version;
  }

  /** The server has other addresses from now on. */
  setOwnAddresses(ownAddresses: readonly TransportAddress[]): void {
    this.#own = ownAddresses.map(normaliseAddress);
    this.#version++;
  }

  /** True where the port decides, and the verdict may change while the server runs: at its own addresses, unless they are listed. */
  dependsOnPort(peer: TransportAddress): boolean {
    const address = normaliseAddress(peer);
    return this.#isOwn(address) && !this.#isListed(address);
  }

  /** Whether to relay to a peer. Its port matters only where it is one of the server's own addresses. Allocates nothing for IPv4. */
  allows(peer: TransportAddress, port: number = peer.port): boolean {
    const address = normaliseAddress(peer);
    // Two clients of one server meet at its relayed addresses; those ask for permission themselves.
    if (this.#isListed(address) || this.#isRelayedHere(address, port, "udp")) {
      return true;
    }
    return this.#isOwn(address) ? this.#ownPorts(port) : !isDenied(address);
  }

  /**
   * The same for TCP towards peers (RFC 6062). Own ports, and ports of UDP relays, are UDP's: behind the same number of TCP is
   * something else.
   */
  allowsTcp(peer: TransportAddress): boolean {
    const address = normaliseAddress(peer);
    return (
      this.#isListed(address) ||
      this.#isRelayedHere(address, peer.port, "tcp") ||
      !(this.#isOwn(address) || isDenied(address))
    );
  }

  #isOwn(address: TransportAddress): boolean {
    return this.#own.some((own) => isSameIp(own, address));
  }

  #isListed(address: TransportAddress): boolean {
    return this.#allowed.some((range) => isInRange(range, address));
  }
}

function isDenied(address: TransportAddress): boolean {
  return denied.some((range) => isInRange(range, address));
}
