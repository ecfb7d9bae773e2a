// Candidates as lines (RFC 8839 5.1) and as werift has them.
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { formatIpAddress, parseIpAddress } from "../../../core/net/transport-address.js";
import type { Werift } from "./load-werift.js";

type Candidate = InstanceType<Werift["Candidate"]>;

/** Addresses of this machine that are told to a peer: the one that is bound to, or those of its networks. */
export function localAddresses(bindAddress: string | undefined): readonly string[] {
  if (bindAddress !== undefined) {
    return [bindAddress];
  }
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address))
    .map(({ address }) => address);
}

/** A candidate of ours; `rank` 0 is the address that is tried first among its kind. */
export function localCandidate(
  werift: Werift,
  type: "host" | "relay",
  { host, port }: { readonly host: string; readonly port: number },
  {
    rank = 0,
    related,
  }: { readonly rank?: number; readonly related?: { readonly host: string; readonly port: number } },
): Candidate {
  const priority = werift.candidatePriority(type, { transport: "udp", localPreference: 65_535 - rank });
  const foundation = werift.candidateFoundation(type, "udp", host);
  return new werift.Candidate(foundation, 1, "udp", priority, host, port, type, related?.host, related?.port);
}

/** As it is told. */
export function candidateLine(candidate: Candidate): string {
  return `candidate:${candidate.toSdp()}`;
}

/** A candidate of the peer; undefined when it is none that datagrams could be sent to. */
export function parseCandidate(werift: Werift, line: string): Candidate | undefined {
  const fields = line
    .trim()
    .replace(/^candidate:/, "")
    .split(/ +/);
  const [, component, transport, , host = "", port, , type] = fields;
  const portNumber = Number(port);
  const isUsable =
    component === "1" &&
    transport?.toLowerCase() === "udp" &&
    isIP(host) !== 0 &&
    Number.isInteger(portNumber) &&
    portNumber > 0 &&
    portNumber < 65_536 &&
    ["host", "srflx", "relay"].includes(type);
  if (!isUsable) {
    return undefined;
  }
  fields[4] = formatIpAddress(parseIpAddress(host));
  // Without what follows the type: the library compares generations, which nobody else tells.
  return werift.Candidate.fromSdp(fields.slice(0, 8).join(" "));
}
