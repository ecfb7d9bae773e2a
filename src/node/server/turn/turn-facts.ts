// Where a relay runs and who reaches it, in words: for the start-up lines, the status and the page.
import { isIP } from "node:net";
import { isLoopback, isWildcard } from "../config/exposure.js";
import type { UdpPorts } from "../config/server-config.js";
import { isPrivate } from "../private-address.js";

/** A running relay. Plain JSON. */
export type TurnFacts = {
  /** The address that it listens on. */
  readonly host: string;
  /** UDP and TCP. */
  readonly port: number;
  /** TLS, when it is offered. */
  readonly tlsPort: number | undefined;
  /** The address in front of it, as configured. */
  readonly externalIp: string | undefined;
  /** The addresses that peers see. */
  readonly relayAddresses: readonly string[];
  readonly portRange: UdpPorts;
  /** Ranges that it relays to although they are refused by default. */
  readonly openRanges: readonly string[];
  readonly realm: string;
  /** Whether clients may have TCP connections to peers. */
  readonly tcpRelay: boolean;
  /** The way of datagrams. */
  readonly datagrams: "koffi" | "dgram";
};

/** Where clients reach it: `203.0.113.5:3478 (UDP, TCP), 203.0.113.5:5349 (TLS)`. */
export function describeTurn({ host, port, tlsPort, externalIp, relayAddresses }: TurnFacts): string {
  const own = isWildcard(host) ? relayAddresses.filter((address) => isIP(host) === 6 || isIP(address) === 4) : [host];
  return (externalIp === undefined ? own : [externalIp])
    .map((each) => (isIP(each) === 6 ? `[${each}]` : each))
    .flatMap((each) => [`${each}:${port} (UDP, TCP)`, ...(tlsPort === undefined ? [] : [`${each}:${tlsPort} (TLS)`])])
    .join(", ");
}

/** What peers see: `from 203.0.113.5, ports 49152 to 65535`. */
export function describeRelaying({ relayAddresses, portRange }: TurnFacts): string {
  return `from ${relayAddresses.join(", ")}, ports ${portRange.min} to ${portRange.max}`;
}

/** Whom it relays to. */
export function describePeers({ openRanges }: TurnFacts): string {
  return openRanges.length === 0 ? "public addresses only" : `public addresses, and also ${openRanges.join(", ")}`;
}

/** What keeps clients or peers elsewhere from the relay, with the fix; undefined when nothing is known to. */
export function turnFault({ host, port, externalIp, relayAddresses, portRange }: TurnFacts): string | undefined {
  const forward = `UDP and TCP port ${port} and UDP ports ${portRange.min} to ${portRange.max}`;
  if (isLoopback(host)) {
    return externalIp === undefined
      ? undefined
      : `the relay listens on ${host}, so nothing reaches it from ${externalIp}. Set turn.host to an address that the NAT forwards to`;
  }
  if (externalIp !== undefined) {
    return undefined;
  }
  if (relayAddresses.every(isLoopback)) {
    return "this machine has no network address but its own, so the relay reaches nobody else. Set turn.host or connect it";
  }
  return relayAddresses.every((address) => isPrivate(address) || isLoopback(address))
    ? `the relay's addresses ${relayAddresses.join(", ")} can be reached within their own network only, as in a container or behind a NAT. For clients elsewhere set turn.externalIp (--turn-external-ip, FLOE_TURN_EXTERNAL_IP) to the address that they reach, and forward ${forward}`
    : undefined;
}
