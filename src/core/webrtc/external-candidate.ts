// Host candidates for addresses that are not this machine's own: in front of a NAT or a container stands a public address
// whose port is forwarded here, and only the configuration knows it (RFC 8445 5.1.1; the syntax is RFC 8839 5.1).
import type { IceCandidate } from "./ice-candidate.js";

/**
 * What to tell the peer about a gathered candidate: the candidate itself, and behind it a host candidate for each of
 * `externalIps` of the same address family, with the same port. Anything but a UDP host candidate is told as it is.
 */
export function withExternalCandidates(
  gathered: IceCandidate,
  externalIps: readonly string[],
): readonly IceCandidate[] {
  const fields = gathered.candidate.split(" ");
  const [foundation, component, transport, priority, address, port, typ, type] = fields;
  if (type !== "host" || typ !== "typ" || transport?.toLowerCase() !== "udp" || address === undefined) {
    return [gathered];
  }
  const isV6 = address.includes(":");
  const external = externalIps.filter((ip) => ip.includes(":") === isV6 && ip !== address);
  return [
    gathered,
    ...external.map((ip, i) => ({
      ...gathered,
      // Another base, so another foundation; just below the machine's own address, which is shorter for who can reach it.
      candidate: [
        `${foundation}x${i}`,
        component,
        transport,
        String(Math.max(1, Number(priority) - 1 - i)),
        ip,
        port,
        "typ host",
      ].join(" "),
    })),
  ];
}
