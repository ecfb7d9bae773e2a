// Where media is offered: which addresses and ports viewers are told, what the transport is asked for, and what is wrong
// with that in words. "Works on localhost, nowhere else" begins here.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { FloeError } from "../../core/error/floe-error.js";
import type { TransportConfig } from "../webrtc/transport-library.js";
import { isLoopback } from "./config/exposure.js";
import type { IceServerConfig, ServerConfig, UdpPorts } from "./config/server-config.js";
import { isPrivate } from "./private-address.js";

/** What viewers are told about where media comes from. */
export type MediaNetwork = {
  /** The machine's own addresses that media is offered at. */
  readonly addresses: readonly string[];
  /** Addresses in front of them, as configured. */
  readonly externalIp: readonly string[];
  /** Undefined: the system chooses a port a viewer. */
  readonly udpPort: UdpPorts | undefined;
  /** ICE over TCP (RFC 6544): whether the transport can, and why not. */
  readonly iceTcp: { readonly available: boolean; readonly reason: string };
};

type NetworkConfig = Pick<ServerConfig, "http" | "webrtc">;

/** A machine's interfaces as `os.networkInterfaces()` tells them. */
export type Interfaces = ReturnType<typeof networkInterfaces>;

/** The one address that media is bound to; undefined: all of them. A server of this machine keeps its media on it too. */
function boundAddress({ http, webrtc }: NetworkConfig): string | undefined {
  return webrtc.bindAddress ?? (isLoopback(http.host) ? "127.0.0.1" : undefined);
}

/** Where media is offered, now. */
export function mediaNetwork(config: NetworkConfig, interfaces: Interfaces = networkInterfaces()): MediaNetwork {
  const bound = boundAddress(config);
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
  return {
    addresses: bound === undefined ? own : [bound],
    externalIp: config.webrtc.externalIp,
    udpPort: config.webrtc.udpPort,
    iceTcp: {
      available: false,
      reason: "ICE is UDP only here, with either library; where UDP is blocked, TURN over TCP or TLS carries media",
    },
  };
}

/** How each connection of the transport is made. */
export function transportConfig(config: NetworkConfig): TransportConfig {
  const { udpPort, externalIp, iceServers } = config.webrtc;
  const bound = boundAddress(config);
  return {
    iceServers,
    externalIps: externalIp,
    ...(bound === undefined ? {} : { bindAddress: bound }),
    ...(udpPort === undefined ? {} : { udpPort }),
  };
}

/** Rejects with `webrtc/udp-port-in-use` when the one port that all viewers shall share cannot be had. */
export async function requireUdpPort(config: NetworkConfig): Promise<void> {
  const { udpPort } = config.webrtc;
  if (udpPort === undefined || udpPort.min !== udpPort.max) {
    return;
  }
  const address = boundAddress(config) ?? "0.0.0.0";
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  try {
    socket.bind({ port: udpPort.min, address, exclusive: true });
    await once(socket, "listening");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    throw new FloeError(
      code === "EADDRINUSE" ? "webrtc/udp-port-in-use" : "webrtc/udp-port",
      `UDP port ${udpPort.min} on ${address} cannot be had (${code})`,
      { cause, fix: "Choose another webrtc.udpPort, or stop what holds it." },
    );
  } finally {
    socket.close();
  }
}

/** One line for people: `127.0.0.1`, `10.0.0.7, 203.0.113.5 in front, UDP port 50000`. */
export function describeNetwork({ addresses, externalIp, udpPort }: MediaNetwork): string {
  const own = addresses.length === 0 ? "no address of this machine" : addresses.join(", ");
  const front = externalIp.length === 0 ? "" : `, ${externalIp.join(", ")} in front`;
  return `${own}${front}${describePorts(udpPort)}`;
}

function describePorts(udpPort: UdpPorts | undefined): string {
  if (udpPort === undefined) {
    return ", any UDP port";
  }
  return udpPort.min === udpPort.max ? `, UDP port ${udpPort.min}` : `, UDP ports ${udpPort.min} to ${udpPort.max}`;
}

/** What keeps viewers elsewhere from the media, with the fix; undefined when nothing is known to. */
export function networkFault({ addresses, externalIp, udpPort }: MediaNetwork): string | undefined {
  const isLocal = addresses.length > 0 && addresses.every(isLoopback);
  if (externalIp.length > 0 && isLocal) {
    return `media is bound to ${addresses.join(", ")}, so nothing reaches it from ${externalIp.join(", ")}. Set webrtc.bindAddress to an address that the NAT forwards to`;
  }
  if (externalIp.length > 0 && udpPort === undefined) {
    return `media is offered at ${externalIp.join(", ")} on any UDP port, so no port can be forwarded here. Set webrtc.udpPort, and forward that one`;
  }
  if (isLocal || externalIp.length > 0) {
    return undefined;
  }
  if (addresses.length === 0) {
    return "this machine has no network address but its own, so only it can watch. Set webrtc.bindAddress or connect it";
  }
  return addresses.every(isPrivate)
    ? `${addresses.join(", ")} can be reached within its own network only, as in a container or behind a NAT. For viewers elsewhere set webrtc.externalIp (FLOE_WEBRTC_EXTERNAL_IP) to the address that they reach, and webrtc.udpPort to the UDP port that is forwarded`
    : undefined;
}

/** The servers as a browser takes them. */
export function browserIceServers(servers: readonly IceServerConfig[]): object[] {
  return servers.map(({ urls, username, credential }) => ({
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential: credential.reveal() }),
  }));
}
