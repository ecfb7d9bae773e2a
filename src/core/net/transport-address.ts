// IP addresses and ports as numbers: what protocols compare and write. Text comes in and goes out here only (RFC 5952).
import { WireError } from "../error/floe-error.js";

/** 4 or 6. */
export type IpFamily = 4 | 6;

/** An IP address and a port. */
export type TransportAddress = {
  readonly family: IpFamily;
  /** The address as unsigned 32-bit words, most significant first; IPv4 is `ip0`, the others are 0. */
  readonly ip0: number;
  readonly ip1: number;
  readonly ip2: number;
  readonly ip3: number;
  /** 0 to 65535. */
  readonly port: number;
};

/** An IPv4 address from its 32-bit number. */
export function ipv4(ip0: number, port = 0): TransportAddress {
  return { family: 4, ip0: ip0 >>> 0, ip1: 0, ip2: 0, ip3: 0, port };
}

/** Reads `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`; a zone (`%eth0`) is ignored. Throws `WireError("net/address")`. */
export function parseIpAddress(text: string, port = 0): TransportAddress {
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new WireError("net/address", `${port} is not a port`);
  }
  if (!text.includes(":")) {
    return ipv4(parseIpv4(text), port);
  }
  const [ip0, ip1, ip2, ip3] = parseIpv6(text.replace(/%[0-9A-Za-z._-]+$/, ""));
  return { family: 6, ip0, ip1, ip2, ip3, port };
}

/** The address without its port, the shortest way: `192.0.2.1`, `2001:db8::1`. */
export function formatIpAddress({ family, ip0, ip1, ip2, ip3 }: TransportAddress): string {
  if (family === 4) {
    return dotted(ip0);
  }
  if (ip0 === 0 && ip1 === 0 && ip2 === 0xffff) {
    return `::ffff:${dotted(ip3)}`;
  }
  const groups = [ip0, ip1, ip2, ip3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const zeros = longestZeros(groups);
  const hex = (from: number, to?: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return zeros.length < 2 ? hex(0) : `${hex(0, zeros.at)}::${hex(zeros.at + zeros.length)}`;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function formatTransportAddress(address: TransportAddress): string {
  const ip = formatIpAddress(address);
  return address.family === 4 ? `${ip}:${address.port}` : `[${ip}]:${address.port}`;
}

/** Whether two addresses are the same host, whatever their ports. */
export function isSameIp(a: TransportAddress, b: TransportAddress): boolean {
  return a.family === b.family && a.ip0 === b.ip0 && a.ip1 === b.ip1 && a.ip2 === b.ip2 && a.ip3 === b.ip3;
}

/** Whether two addresses are the same host and port. */
export function isSameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && isSameIp(a, b);
}

function dotted(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

function parseIpv4(text: string): number {
  const parts = text.split(".");
  let ip = 0;
  for (const part of parts) {
    // Leading zeros would be octal to some and decimal to others.
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) {
      throw notAnAddress(text);
    }
    ip = ip * 256 + Number(part);
  }
  if (parts.length !== 4) {
    throw notAnAddress(text);
  }
  return ip;
}

function parseIpv6(text: string): readonly [number, number, number, number] {
  const halves = text.split("::");
  const head = groupsOf(halves[0], text, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1], text, true) : [];
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) {
    throw notAnAddress(text);
  }
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (at: number): number => groups[at] * 65_536 + groups[at + 1];
  return [word(0), word(2), word(4), word(6)];
}

/** The groups of one side of `::`; the last group of the whole text may be a dotted IPv4 address. */
function groupsOf(half: string, text: string, endsText: boolean): number[] {
  if (half === "") {
    return [];
  }
  return half.split(":").flatMap((part, at, parts) => {
    if (endsText && part.includes(".") && at === parts.length - 1) {
      const ip = parseIpv4(part);
      return [ip >>> 16, ip & 0xffff];
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) {
      throw notAnAddress(text);
    }
    return [Number.parseInt(part, 16)];
  });
}

function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) {
      length++;
    }
    if (length > best.length) {
      best = { at, length };
    }
  }
  return best;
}

function notAnAddress(text: string): WireError {
  return new WireError("net/address", `${JSON.stringify(text.slice(0, 64))} is not an IP address`);
}
