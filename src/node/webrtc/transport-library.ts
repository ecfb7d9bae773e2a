// What the modes know of the library that brings ICE, DTLS, SRTP and SCTP: it is taken once, opens connections, is given back.
import type { Logger } from "../../core/diagnosis/logger.js";
import type { Secret } from "../../core/diagnosis/secret.js";
import type { PeerTransport } from "../../core/webrtc/peer-transport.js";

/** The libraries that there is a skin for. */
export const TRANSPORT_NAMES = ["node-datachannel", "werift"] as const;

/** One of them. */
export type TransportName = (typeof TRANSPORT_NAMES)[number];

/** One of them, or the best one that can be loaded. */
export type TransportChoice = "auto" | TransportName;

/** STUN and TURN servers as the configuration has them (W3C RTCIceServer). */
export type TransportIceServer = {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: Secret;
};

/** How each connection is made, whatever the library. */
export type TransportConfig = {
  /** Those that the library cannot speak to are left out; see {@link TransportLibrary.unusedServers}. */
  readonly iceServers: readonly TransportIceServer[];
  /** The one address of this machine to use; without it all of them. */
  readonly bindAddress?: string;
  /** The UDP ports to use; when `min` is `max`, one that all connections share. Without it the system chooses. */
  readonly udpPort?: { readonly min: number; readonly max: number };
  /** Addresses that this machine is reached by without having them; see `withExternalCandidates`. */
  readonly externalIps?: readonly string[];
};

/** One use of a library. */
export interface TransportLibrary {
  readonly name: TransportName;
  /** Servers of `config` that it cannot use, by their URLs; browsers may. */
  unusedServers(config: Pick<TransportConfig, "iceServers">): readonly string[];
  /** Opens a connection; `name` is the peer's, for the library's own log. Throws when the system gives it no socket or thread. */
  open(name: string, config: TransportConfig, logger: Logger): PeerTransport;
  /** Gives the use back, once all its connections are closed. Quiet when called twice. */
  release(): void;
}
