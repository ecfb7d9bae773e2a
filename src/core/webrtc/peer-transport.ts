// The port for a whole ICE/DTLS/SRTP/SCTP stack, as the answering side of a call needs it. Negotiation stays ours: the
// stack gives its own parameters and carries packets.
import type { Signal } from "../signal/signal.js";
import type { IceCandidate } from "./ice-candidate.js";
import type { MediaTransport } from "./media-transport.js";

/** A media section that will flow, as the stack must know it to route packets. */
export type TransportSection = {
  readonly mid: string;
  readonly kind: "audio" | "video";
  readonly payloadType: number;
  readonly encodingName: string;
  readonly formatParameters: string;
  /** What we send on it; absent where we only receive. */
  readonly sends?: { readonly ssrc: number; readonly cname: string };
};

/** What the stack contributes to our answer. */
export type TransportParameters = {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: { readonly algorithm: string; readonly value: string };
  readonly setup: "active" | "passive";
};

/** Where the path to the peer stands (W3C RTCPeerConnectionState without "new"). */
export type PeerTransportState = "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** A data channel that the peer opened. */
export interface DataChannelTransport {
  readonly label: string;
  readonly messageReceived: Signal<string | Uint8Array>;
  /** False when it is not open (any more). */
  send(message: string | Uint8Array): boolean;
}

/** One connection to one peer. Callbacks come on the caller's thread; nothing throws out of them. */
export interface PeerTransport {
  /** Takes the peer's offer and answers with our own parameters. Throws FloeError when the stack refuses it. */
  accept(offerSdp: string, sections: readonly TransportSection[]): TransportParameters;
  /** Our ICE credentials, once an offer was accepted. */
  readonly iceCredentials: { readonly ufrag: string; readonly password: string } | undefined;
  /** The carrier of a section that was given to `accept`; several sections may share one. */
  media(mid: string): MediaTransport | undefined;
  /** A trickled candidate of the peer, in any order with `accept`. Unusable ones are counted and dropped. */
  addRemoteCandidate(candidate: IceCandidate): void;
  readonly candidateGathered: Signal<IceCandidate>;
  /** ICE has a path; the encryption on it comes next. */
  readonly pathFound: Signal;
  readonly state: PeerTransportState;
  readonly stateChanged: Signal<PeerTransportState>;
  /** Media of this section can be sent from now on. */
  readonly mediaOpened: Signal<string>;
  readonly dataChannelOpened: Signal<DataChannelTransport>;
  /** Ends the connection; quiet when called twice. */
  close(): void;
}
