// Ranges of IP addresses (CIDR, RFC 4632), and the IPv4 address that some IPv6 addresses carry inside.
import { WireError } from "../error/floe-error.js";
import { formatIpAddress, type IpFamily, ipv4, parseIpAddress, type TransportAddress } from "./transport-address.js";

/** All addresses that agree in their first bits. */
export type AddressRange = {
  readonly family: IpFamily;
  /** The first address. */
  readonly words: readonly [number, number, number, number];
  readonly masks: readonly [number, number, number, number];
  /** `10.0.0.0/8`. */
  readonly text: string;
};

/** Reads `10.0.0.0/8`, `fc00::/7`, or one address. Throws `WireError("net/range")` or `("net/address")`. */
export function parseAddressRange(text: string): AddressRange {
  const [ip, length, ...more] = text.split("/");
  const { family, ip0, ip1, ip2, ip3 } = parseIpAddress(ip);
  const bits = family === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  if (more.length > 0 || (length !== undefined && !/^[0-9]{1,3}$/.test(length)) || prefix > bits) {
    throw new WireError("net/range", `${JSON.stringify(text.slice(0, 64))} is not a range like 10.0.0.0/8 or fc00::/7`);
  }
  const mask = (word: number): number => {
    const ones = Math.min(32, Math.max(0, prefix - 32 * word));
    return ones === 0 ? 0 : (-1 << (32 - ones)) >>> 0;
  };
  const masks = [mask(0), mask(1), mask(2), mask(3)] as const;
  const and = (word: number, of: number): number => (word & of) >>> 0;
  const words = [and(ip0, masks[0]), and(ip1, masks[1]), and(ip2, masks[2]), and(ip3, masks[3])] as const;
  const first = formatIpAddress({ family, ip0: words[0], ip1: words[1], ip2: words[2], ip3: words[3], port: 0 });
  return { family, words, masks, text: `${first}/${prefix}` };
}

/** Whether an address lies in a range. */
export function isInRange({ family, words, masks }: AddressRange, address: TransportAddress): boolean {
  return (
    address.family === family &&
    ((address.ip0 ^ words[0]) & masks[0]) === 0 &&
    ((address.ip1 ^ words[1]) & masks[1]) === 0 &&
    ((address.ip2 ^ words[2]) & masks[2]) === 0 &&
    ((address.ip3 ^ words[3]) & masks[3]) === 0
  );
}

/**
 * What an address really reaches: the IPv4 address inside of a v4-mapped (::ffff:0:0/96), v4-compatible (::/96), NAT64
 * (64:ff9b::/96) or 6to4 (2002::/16) address; any other address as it is. `::` and `::1` stay IPv6.
 */
export function normaliseAddress(address: TransportAddress): TransportAddress {
  const { family, ip0, ip1, ip2, ip3, port } = address;
  if (family === 4) {
    return address;
  }
  if (ip0 === 0 && ip1 === 0 && (ip2 === 0xffff || (ip2 === 0 && ip3 > 1))) {
    return ipv4(ip3, port);
  }
  if (ip0 === 0x0064ff9b && ip1 === 0 && ip2 === 0) {
    return ipv4(ip3, port);
  }
  if (ip0 >>> 16 === 0x2002) {
    return ipv4(((ip0 << 16) | (ip1 >>> 16)) >>> 0, port);
  }
  return address;
}
