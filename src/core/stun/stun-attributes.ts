// Values of STUN attributes that are more than a number or a text (RFC 8489 14, RFC 8656 18).
import { WireError } from "../error/floe-error.js";
import { type IpFamily, ipv4, type TransportAddress } from "../net/transport-address.js";
import { MAGIC_COOKIE } from "./stun-constants.js";

/** ERROR-CODE. */
export type StunError = { readonly code: number; readonly reason: string };

/** ADDRESS-ERROR-CODE (RFC 8656 18.12): why the other family has no address. */
export type StunAddressError = StunError & { readonly family: IpFamily };

/** ICMP (RFC 8656 18.13). */
export type StunIcmp = { readonly type: number; readonly code: number; readonly data: number };

/** An entry of PASSWORD-ALGORITHMS (RFC 8489 14.11). No algorithm has parameters so far. */
export type PasswordAlgorithmEntry = { readonly algorithm: number; readonly parameters: Uint8Array };

const utf8 = new TextDecoder();
const MAX_REASON_BYTES = 763;

/** The value of MAPPED-ADDRESS and its like: reserved, family (1 or 2), port, address. Throws `WireError("stun/address")`. */
export function readAddress(value: Uint8Array): TransportAddress {
  const family = value[1];
  if (value.length !== (family === 1 ? 8 : 20) || (family !== 1 && family !== 2)) {
    throw new WireError("stun/address", `an address cannot have ${value.length} bytes and family ${family}`);
  }
  const port = (value[2] << 8) | value[3];
  const ip0 = word(value, 4);
  return family === 1
    ? ipv4(ip0, port)
    : { family: 6, ip0, ip1: word(value, 8), ip2: word(value, 12), ip3: word(value, 16), port };
}

/** XORs an address with cookie and transaction (RFC 8489 14.2): back and forth are the same. */
export function unxorAddress(address: TransportAddress, transactionId: Uint8Array): TransportAddress {
  const port = address.port ^ (MAGIC_COOKIE >>> 16);
  const ip0 = (address.ip0 ^ MAGIC_COOKIE) >>> 0;
  if (address.family === 4) {
    return ipv4(ip0, port);
  }
  return {
    family: 6,
    ip0,
    ip1: (address.ip1 ^ word(transactionId, 0)) >>> 0,
    ip2: (address.ip2 ^ word(transactionId, 4)) >>> 0,
    ip3: (address.ip3 ^ word(transactionId, 8)) >>> 0,
    port,
  };
}

/** ERROR-CODE's value: 300 to 699 and a reason. Throws `WireError("stun/attribute")`. */
export function readErrorCode(value: Uint8Array): StunError {
  const hundreds = value[2] & 7;
  const rest = value[3];
  if (value.length < 4 || value.length > 4 + MAX_REASON_BYTES || hundreds < 3 || hundreds > 6 || rest > 99) {
    throw new WireError("stun/attribute", "ERROR-CODE holds no error code");
  }
  return { code: hundreds * 100 + rest, reason: utf8.decode(value.slice(4)) };
}

/** ADDRESS-ERROR-CODE's value. Throws `WireError("stun/attribute")`. */
export function readAddressError(value: Uint8Array): StunAddressError {
  return { family: readFamily(value[0]), ...readErrorCode(value) };
}

/** REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY: 1 is IPv4, 2 is IPv6. Throws `WireError("stun/attribute")`. */
export function readFamily(octet: number | undefined): IpFamily {
  if (octet !== 1 && octet !== 2) {
    throw new WireError("stun/attribute", `${octet} is no address family`);
  }
  return octet === 1 ? 4 : 6;
}

/** UNKNOWN-ATTRIBUTES' value: types of 16 bits. Throws `WireError("stun/attribute")` for an odd length. */
export function readTypes(value: Uint8Array): number[] {
  if (value.length % 2 !== 0) {
    throw new WireError("stun/attribute", "UNKNOWN-ATTRIBUTES holds half a type");
  }
  return Array.from({ length: value.length / 2 }, (_, i) => (value[2 * i] << 8) | value[2 * i + 1]);
}

/** PASSWORD-ALGORITHMS' value, or PASSWORD-ALGORITHM's one entry. Throws `WireError("stun/attribute")`. */
export function readPasswordAlgorithms(value: Uint8Array): PasswordAlgorithmEntry[] {
  const entries: PasswordAlgorithmEntry[] = [];
  for (let at = 0; at < value.length; ) {
    const lengthBytes = (value[at + 2] << 8) | value[at + 3];
    const end = at + 4 + lengthBytes;
    if (at + 4 > value.length || end > value.length) {
      throw new WireError("stun/attribute", "a password algorithm runs too far");
    }
    entries.push({ algorithm: (value[at] << 8) | value[at + 1], parameters: value.subarray(at + 4, end) });
    at += 4 + ((lengthBytes + 3) & ~3);
  }
  return entries;
}

/** ICMP's value. Throws `WireError("stun/attribute")`. */
export function readIcmp(value: Uint8Array): StunIcmp {
  if (value.length !== 8) {
    throw new WireError("stun/attribute", `ICMP cannot have ${value.length} bytes`);
  }
  return { type: value[2] >> 1, code: ((value[2] & 1) << 8) | value[3], data: word(value, 4) };
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
