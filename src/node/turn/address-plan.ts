// Which addresses of this machine a TURN server listens on and relays from.
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { FloeError } from "../../core/error/floe-error.js";
import { isInRange, parseAddressRange } from "../../core/net/address-range.js";
import {
  formatIpAddress,
  type IpFamily,
  isSameIp,
  parseIpAddress,
  type TransportAddress,
} from "../../core/net/transport-address.js";

/** The machine's interfaces, as `os.networkInterfaces` tells them. */
export type Interfaces = { readonly [name: string]: readonly NetworkInterfaceInfo[] | undefined };

/** The addresses of a server. Ports are 0. */
export type AddressPlan = {
  /** One UDP socket each: a reply must leave from the address that was asked, which a socket on a wildcard does not do. */
  readonly listen: readonly TransportAddress[];
  /** Where TCP listens; wildcards, where one was asked for: a stream keeps the address that it was opened to. */
  readonly listenTcp: readonly TransportAddress[];
  /** Where relay sockets are bound, at most one of each family. */
  readonly relay: readonly TransportAddress[];
  /** What peers are told, in the same order. */
  readonly advertised: readonly TransportAddress[];
  /** Every address of this machine. */
  readonly own: readonly TransportAddress[];
  /** `listen` follows the machine's addresses. */
  readonly isWildcard: boolean;
  /** The families that are listened on. */
  readonly families: readonly IpFamily[];
};

/** What is asked for. */
export type AddressWish = {
  readonly host: string;
  readonly relayHosts?: readonly string[];
  readonly externalIp?: string;
};

const LOOPBACK = ["127.0.0.0/8", "::1"].map(parseAddressRange);
const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10"].map(parseAddressRange);
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"].map(parseAddressRange);
const ANY_4 = parseIpAddress("0.0.0.0");
const ANY_6 = parseIpAddress("::");

/** Throws `turn/host`, `turn/relay-address` and `turn/external-ip` for what cannot be. */
export function planAddresses(
  { host, relayHosts, externalIp }: AddressWish,
  interfaces: Interfaces = networkInterfaces(),
): AddressPlan {
  const own = machineAddresses(interfaces);
  const asked = parse(host === "localhost" ? "127.0.0.1" : host, "turn/host");
  const isWildcard = isSameIp(asked, ANY_4) || isSameIp(asked, ANY_6);
  const wildcards = asked.family === 4 ? [ANY_4] : [ANY_4, ANY_6];
  const listenable = own.filter((address) => asked.family === 6 || address.family === 4);
  const listen = !isWildcard ? [asked] : listenable.length > 0 ? listenable : wildcards;
  const relay = relayHosts?.map((each) => parse(each, "turn/relay-address")) ?? (isWildcard ? fitting(own) : [asked]);
  if (relay.length === 0 || new Set(relay.map(({ family }) => family)).size < relay.length) {
    throw new FloeError("turn/relay-address", "a relay has one address, or one of each family", {
      fix: "Give one IPv4 address, one IPv6 address, or both.",
    });
  }
  return {
    listen,
    listenTcp: isWildcard ? wildcards.filter(({ family }) => listen.some((each) => each.family === family)) : [asked],
    relay,
    advertised: advertise(relay, externalIp),
    own,
    isWildcard,
    families: [...new Set([...listen, ...(isWildcard ? wildcards : [])].map(({ family }) => family))],
  };
}

/** The machine's addresses, without those that need a zone. */
export function machineAddresses(interfaces: Interfaces = networkInterfaces()): TransportAddress[] {
  const infos = Object.values(interfaces).flatMap((each) => each ?? []);
  return infos
    .map(({ address }) => parseIpAddress(address))
    .filter((address) => address.family === 4 || !isOneOf(LINK_LOCAL, address));
}

/** The first address of each family that peers elsewhere have the best chance to reach. */
function fitting(own: readonly TransportAddress[]): TransportAddress[] {
  const best = (family: IpFamily): TransportAddress | undefined =>
    own.filter((address) => address.family === family).sort((a, b) => remoteness(a) - remoteness(b))[0];
  const [ipv4, ipv6] = [best(4), best(6)];
  // Loopback is no relay for a second family: a client that asked for one would get an address that nobody reaches.
  const isIpv6Fit = ipv6 !== undefined && (ipv4 === undefined || !isOneOf(LOOPBACK, ipv6) || isOneOf(LOOPBACK, ipv4));
  return [...(ipv4 === undefined ? [] : [ipv4]), ...(isIpv6Fit ? [ipv6] : [])];
}

function remoteness(address: TransportAddress): number {
  if (isOneOf(LOOPBACK, address)) {
    return 3;
  }
  return isOneOf(LINK_LOCAL, address) ? 2 : isOneOf(PRIVATE, address) ? 1 : 0;
}

function advertise(relay: readonly TransportAddress[], externalIp: string | undefined): readonly TransportAddress[] {
  if (externalIp === undefined || externalIp === "") {
    return relay;
  }
  const external = parse(externalIp, "turn/external-ip");
  if (!relay.some(({ family }) => family === external.family)) {
    throw new FloeError(
      "turn/external-ip",
      `${externalIp} is IPv${external.family} and the relay is bound to ${relay.map(formatIpAddress).join(", ")}`,
      { fix: "Give an external address of the same family as the relay's own." },
    );
  }
  return relay.map((address) => (address.family === external.family ? external : address));
}

function parse(text: string, code: string): TransportAddress {
  try {
    return parseIpAddress(text);
  } catch (cause) {
    throw new FloeError(code, `${JSON.stringify(text.slice(0, 64))} is not an IP address`, {
      cause,
      fix: "Write an address such as 0.0.0.0, 192.0.2.7 or ::.",
    });
  }
}

function isOneOf(ranges: readonly ReturnType<typeof parseAddressRange>[], address: TransportAddress): boolean {
  return ranges.some((range) => isInRange(range, address));
}
