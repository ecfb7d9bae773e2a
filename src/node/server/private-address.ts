// Addresses that mean nothing outside of their own network: who is told one of them from elsewhere reaches nobody.
import { BlockList, isIP } from "node:net";

/** RFC 1918, 6598, 3927, 4193, 4291. */
const ranges = new BlockList();
for (const [net, prefix, family] of [
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
] as const) {
  ranges.addSubnet(net, prefix, family);
}

/** Whether an IP address is of a private network. Loopback is not: it is of no network at all. */
export function isPrivate(address: string): boolean {
  return ranges.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
