// The Signaller port: what a session needs of signalling. Symple implements it; webrtc knows no wire format of it.
import type { Signal } from "../signal/signal.js";
import type { IceCandidate } from "./ice-candidate.js";

/** What the two ends of a call tell each other before, during and after they negotiate. */
export type CallControl = "init" | "accept" | "reject" | "hangup";

/** A step of a call: a caller sends `init` and `hangup`, a callee `accept`, `reject` and `hangup`. */
export interface ControlMessage {
  readonly kind: "control";
  /** The other end, `user|id`: whom it goes to when sent, whom it came from when received. */
  readonly peer: string;
  readonly control: CallControl;
  /** Why, for `reject` and `hangup`: "busy", "declined", "hangup", or a sentence. */
  readonly reason?: string;
  /** For `hangup` because something failed: what, as an EndCode. Peers need not know it. */
  readonly code?: string;
}

/** An SDP offer (from the caller) or answer (from the callee). */
export interface DescriptionMessage {
  readonly kind: "description";
  /** The other end, `user|id`. */
  readonly peer: string;
  readonly type: "offer" | "answer";
  readonly sdp: string;
}

/** One trickled candidate, in any order with the descriptions. */
export interface CandidateMessage {
  readonly kind: "candidate";
  /** The other end, `user|id`. */
  readonly peer: string;
  readonly candidate: IceCandidate;
}

/** Everything that signalling carries for a call. */
export type SignallingMessage = ControlMessage | DescriptionMessage | CandidateMessage;

/** Carries call messages to and from peers. Delivery is in order per peer, and may silently fail. */
export interface Signaller {
  /** Sends to `message.peer`. Never throws: a message that cannot go is dropped, the session's timeouts notice. */
  send(message: SignallingMessage): void;
  /** A message from a peer, already checked for shape. */
  readonly received: Signal<SignallingMessage>;
}
