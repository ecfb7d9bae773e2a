// What the end of a call means for a player: wait, call again, rest, or give up with something to do.
import type { FloeError } from "../../core/error/floe-error.js";
import { callFault } from "../../core/webrtc/call-fault.js";
import { describeEnd, type EndReason } from "../../core/webrtc/peer-session-state.js";
import { isSourceEnd } from "./player-state.js";

/** What to do about the end of a call. */
export type AfterCall =
  /** The peer is not there: start by itself when it is. */
  | { readonly kind: "wait" }
  /** The path was lost; the peer may well be there. */
  | { readonly kind: "again" }
  /** The other side wanted it so. */
  | { readonly kind: "ended"; readonly reason: string }
  | { readonly kind: "failed"; readonly error: FloeError };

/** Judges the end of a call. A lost path is worth another call only if a picture had come over it. */
export function afterCall(reason: EndReason, { hadPicture }: { readonly hadPicture: boolean }): AfterCall {
  switch (reason.code) {
    case "hangup":
      return { kind: "ended", reason: describeEnd(reason) };
    case "peer-gone":
      return { kind: "wait" };
    case "connection-lost":
    case "media-silent":
    case "transport-closed":
      return hadPicture ? { kind: "again" } : { kind: "failed", error: callFault(reason) };
    case "rejected":
      // Nothing that the viewer could do: the picture comes when the source does.
      if (isSourceEnd(reason.detail)) {
        return { kind: "ended", reason: describeEnd(reason) };
      }
      return { kind: "failed", error: callFault(reason) };
    default:
      return { kind: "failed", error: callFault(reason) };
  }
}
