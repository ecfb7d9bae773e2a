// The other end of a connection as the compliance suite needs it: it offers, and carries plain packets.
import type { Signal } from "../../src/core/signal/signal.js";
import type { IceCandidate } from "../../src/core/webrtc/ice-candidate.js";
import type { TransportParameters } from "../../src/core/webrtc/peer-transport.js";

/** A peer that offers one section of video, mid "video", and a data channel "control", mid "data". */
export interface FarEnd {
  /** Its offer, without candidates; they come by `candidate`, kept until somebody listens. */
  offer(): Promise<string>;
  /** Takes what the other side contributes to an answer. */
  answer(parameters: TransportParameters): void;
  readonly candidate: Signal<IceCandidate>;
  addCandidate(candidate: IceCandidate): void;
  /** Media can be sent. */
  readonly opened: Promise<void>;
  readonly received: Signal<Buffer>;
  /** A plain RTP or RTCP packet. */
  send(packet: Buffer): void;
  readonly channelOpened: Promise<void>;
  readonly messageReceived: Signal<string | Uint8Array>;
  sendMessage(message: string | Uint8Array): void;
  /** Goes without a word, as a telephone in a tunnel. */
  vanish(): void;
  close(): Promise<void>;
}

/** How a far end is made. */
export type OpenFarEnd = () => Promise<FarEnd>;
