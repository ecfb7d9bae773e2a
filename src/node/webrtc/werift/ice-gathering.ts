// Opens what a connection can be reached by (RFC 8445 5.1): sockets, their addresses in front of a NAT, relays.
import { isIPv6 } from "node:net";
import type { Logger } from "../../../core/diagnosis/logger.js";
import { formatIpAddress } from "../../../core/net/transport-address.js";
import { parseStunServerUrl } from "../../../core/stun/server-url.js";
import type { TransportConfig, TransportIceServer } from "../transport-library.js";
import type { DatagramWay } from "./datagram-way.js";
import { candidateLine, localAddresses, localCandidate } from "./ice-candidates.js";
import type { IceProtocol } from "./ice-protocol.js";
import type { Werift } from "./load-werift.js";
import { RelayWay } from "./relay-way.js";
import { SharedUdpPort } from "./shared-udp-port.js";
import { UdpWay } from "./udp-way.js";

type Candidate = InstanceType<Werift["Candidate"]>;

/** Servers of each kind that one connection asks. */
const MAX_SERVERS = 4;

/** What to gather from, and who hears of it. */
export type GatheringOptions = {
  readonly werift: Werift;
  readonly config: Pick<TransportConfig, "bindAddress" | "udpPort" | "iceServers">;
  /** Names the connection, where several share a port. */
  readonly ufrag: string;
  /** Aborts what is being opened; ways that were handed over are their owner's. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** A way with its candidate; answers what STUN servers are asked through. */
  readonly opened: (way: DatagramWay, candidate: Candidate) => IceProtocol;
  /** A line for the peer; "" behind the last one. */
  readonly gathered: (line: string) => void;
};

/** Gathers everything. What cannot be had is logged and left out; never rejects. */
export async function gatherCandidates(options: GatheringOptions): Promise<void> {
  const { config, signal, logger, gathered } = options;
  const { stun, turn } = usableServers(config.iceServers);
  const attempts = [
    ...bindings(config.bindAddress).map((binding) => openSocket(binding, stun, options)),
    ...turn.map(({ url, server }) => openRelay(url, server, options)),
  ];
  const warn = (error: unknown): void => {
    if (!signal.aborted) {
      logger.warn("an address of this side could not be had", { error });
    }
  };
  await Promise.all(attempts.map((attempt) => attempt.catch(warn)));
  if (!signal.aborted) {
    gathered("");
  }
}

type UsableServers = {
  readonly stun: readonly string[];
  readonly turn: readonly { readonly url: string; readonly server: TransportIceServer }[];
};

/** Those that are asked: `stun:` by UDP, `turn:` and `turns:` by whatever they say, some of each. */
export function usableServers(iceServers: readonly TransportIceServer[]): UsableServers {
  const servers = iceServers.flatMap((server) => server.urls.map((url) => ({ url, server })));
  const stun = servers.filter(({ url }) => /^stun:/i.test(url) && !/transport=tcp$/i.test(url)).map(({ url }) => url);
  const turn = servers.filter(({ url, server }) => /^turns?:/i.test(url) && server.username !== undefined);
  return { stun: stun.slice(0, MAX_SERVERS), turn: turn.slice(0, MAX_SERVERS) };
}

type Binding = { readonly to: string; readonly addresses: readonly string[] };

/** One socket for all addresses of a family, or for the one that is asked for. */
function bindings(bindAddress: string | undefined): Binding[] {
  const addresses = localAddresses(bindAddress);
  return [
    { to: bindAddress ?? "0.0.0.0", addresses: addresses.filter((address) => !isIPv6(address)) },
    { to: bindAddress ?? "::", addresses: addresses.filter(isIPv6) },
  ].filter((binding) => binding.addresses.length > 0);
}

async function openSocket({ to, addresses }: Binding, stunUrls: readonly string[], options: GatheringOptions) {
  const { werift, config, ufrag, signal, logger, opened, gathered } = options;
  const { min, max } = config.udpPort ?? { min: 0, max: 0 };
  const way =
    min > 0 && min === max
      ? await SharedUdpPort.join(to, min, ufrag, logger)
      : await UdpWay.open(to, config.udpPort, logger);
  if (signal.aborted) {
    way.close();
    return;
  }
  const candidates = addresses.map((host, rank) => localCandidate(werift, "host", { host, port: way.port }, { rank }));
  const protocol = opened(way, candidates[0]);
  for (const candidate of candidates) {
    gathered(candidateLine(candidate));
  }
  if (way.family === 4) {
    await Promise.all(stunUrls.map((url) => askServer(protocol, url, options)));
  }
}

/** Asks a STUN server which address it sees. */
async function askServer(
  { protocol }: IceProtocol,
  url: string,
  { werift, signal, logger, gathered }: GatheringOptions,
) {
  const { host, port } = parseStunServerUrl(url);
  const candidate = await werift.serverReflexiveCandidate(protocol, [host, port]);
  if (candidate === undefined) {
    logger.warn("a STUN server did not answer", { url });
  } else if (!signal.aborted) {
    gathered(candidateLine(candidate));
  }
}

async function openRelay(url: string, server: TransportIceServer, options: GatheringOptions) {
  const { werift, signal, logger, opened, gathered } = options;
  const way = await RelayWay.open(url, server, { signal, logger });
  if (signal.aborted) {
    way.close();
    return;
  }
  const [relayed, related] = [way.relayed, way.mapped].map((address) => ({
    host: formatIpAddress(address),
    port: address.port,
  }));
  const candidate = localCandidate(werift, "relay", relayed, { related });
  opened(way, candidate);
  gathered(candidateLine(candidate));
}
