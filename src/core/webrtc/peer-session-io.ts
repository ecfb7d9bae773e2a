// What goes into a PeerSession and what comes out of it. The skin performs the outputs on a real connection.
import type { IceCandidate } from "./ice-candidate.js";
import type { CallRole, EndCode, PeerSessionState } from "./peer-session-state.js";
import type { SignallingMessage } from "./signaller.js";

/** The connection's state, as every stack tells it (W3C RTCPeerConnectionState without "new"). */
export type ConnectionState = "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** Something happened. `connection` is the number that `open-transport` gave: events of an older one are ignored. */
export type PeerSessionInput =
  /** Ring a peer. Throws "webrtc/in-call" unless idle or ended. */
  | { readonly kind: "call"; readonly peer: string }
  /** Take the call that rings. Nothing happens when none rings (any more). */
  | { readonly kind: "accept" }
  /** Turn down the call that rings. Nothing happens when none rings (any more). */
  | { readonly kind: "reject"; readonly reason?: string }
  /** End whatever goes on. Nothing happens when nothing does. `code` tells the peer what failed, when that is why. */
  | { readonly kind: "hangup"; readonly reason?: string; readonly code?: EndCode }
  /** A message from a peer, from the Signaller. */
  | { readonly kind: "message"; readonly message: SignallingMessage }
  /** Signalling says that this peer is offline. */
  | { readonly kind: "peer-gone"; readonly peer: string }
  /** The offer (caller) or answer (callee) is ready and set. */
  | { readonly kind: "local-description"; readonly connection: number; readonly sdp: string }
  | { readonly kind: "local-candidate"; readonly connection: number; readonly candidate: IceCandidate }
  /** A STUN or TURN server gave no address; `detail` in its words. */
  | { readonly kind: "ice-server-failed"; readonly connection: number; readonly url: string; readonly detail: string }
  /** ICE has a path: encryption comes next. */
  | { readonly kind: "path-found"; readonly connection: number }
  /** The stack has taken the remote description: it takes candidates now. */
  | { readonly kind: "remote-description-set"; readonly connection: number }
  | {
      readonly kind: "connection-state";
      readonly connection: number;
      readonly state: ConnectionState;
      readonly detail?: string;
      /** It failed because of the encryption, which may come a moment after "connected": certificates are looked at last. */
      readonly hasEncryptionFailed?: boolean;
    }
  /** A description could not be made, or the peer's could not be taken. `detail` goes to the peer too. */
  | { readonly kind: "negotiation-failed"; readonly connection: number; readonly detail: string };

/** Something to do. */
export type PeerSessionOutput =
  /** Hand this to the Signaller. */
  | { readonly kind: "send"; readonly message: SignallingMessage }
  /** Make a connection. A caller makes the offer next; a callee gets `set-remote-description` next. */
  | { readonly kind: "open-transport"; readonly connection: number; readonly role: CallRole; readonly peer: string }
  /** Take the peer's offer (and make the answer) or answer; then report `remote-description-set`. */
  | {
      readonly kind: "set-remote-description";
      readonly connection: number;
      readonly type: "offer" | "answer";
      readonly sdp: string;
    }
  | { readonly kind: "add-remote-candidate"; readonly connection: number; readonly candidate: IceCandidate }
  /** Close it, and report the state "closed" when that is done. */
  | { readonly kind: "close-transport"; readonly connection: number }
  /** The state is another one now. */
  | { readonly kind: "changed"; readonly state: PeerSessionState };

/** How long a session waits, in milliseconds. */
export type PeerSessionOptions = {
  /** For accept or reject, on both sides; 30000. */
  readonly ringTimeoutMs?: number;
  /** From accept to connected; 15000. */
  readonly negotiationTimeoutMs?: number;
  /** For a broken path to come back; 5000. */
  readonly disconnectedGraceMs?: number;
  /** For the stack to close; 2000. */
  readonly closeTimeoutMs?: number;
  /** The STUN and TURN servers of this side, for the words about a path that was not found. */
  readonly iceUrls?: readonly string[];
};

/** What went by without effect. Status pages show it. */
export type PeerSessionCounters = {
  /** Messages and events that did not fit the state: late, double, from another peer, of an old connection. */
  readonly ignored: number;
  /** Candidates beyond the queues' bound. */
  readonly droppedCandidates: number;
  /** Calls turned down because one was going on. */
  readonly busy: number;
};
