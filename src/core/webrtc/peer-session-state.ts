// Where a call stands, and how it ended, in a form for programs and in words for people.
import type { Micros } from "../time/units.js";

/** Who asked for the call. The caller makes the offer. */
export type CallRole = "caller" | "callee";

/** How a call ended. */
export type EndCode =
  /** One of the two hung up. */
  | "hangup"
  /** The callee said no. */
  | "rejected"
  /** The callee is in another call. */
  | "busy"
  /** Nobody accepted in time. */
  | "no-answer"
  /** Accepted, and then the descriptions or the connection did not come in time. */
  | "negotiation-timeout"
  /** A description could not be made or was refused. */
  | "negotiation-failed"
  /** One of the two has no address to offer. */
  | "no-candidates"
  /** ICE found no path between the two. */
  | "no-path"
  /** There is a path, and the encryption on it did not come about. */
  | "dtls-failed"
  /** Connected, and no media came. */
  | "media-silent"
  /** The path broke and did not come back. */
  | "connection-lost"
  /** The stack under the call closed it. */
  | "transport-closed"
  /** Signalling says that the peer has gone. */
  | "peer-gone";

/** Why a call ended. */
export type EndReason = {
  readonly code: EndCode;
  /** Whose doing it was. */
  readonly by: "local" | "remote";
  /** What the peer or the stack said about it; at most 200 characters without control characters, or "". */
  readonly detail: string;
};

/** A call from nothing to its end. `ended` is a place to rest: a new call starts from it as from `idle`. */
export type PeerSessionState =
  | { readonly kind: "idle" }
  /** We rang and wait for accept or reject. */
  | { readonly kind: "outgoing-init"; readonly peer: string; readonly sinceUs: Micros }
  /** The peer rang; `accept` or `reject` it. */
  | { readonly kind: "incoming-init"; readonly peer: string; readonly sinceUs: Micros }
  | { readonly kind: "negotiating"; readonly peer: string; readonly role: CallRole; readonly sinceUs: Micros }
  | {
      readonly kind: "active";
      readonly peer: string;
      readonly role: CallRole;
      readonly sinceUs: Micros;
      /** Set while the path is broken and may still come back. */
      readonly interruptedUs?: Micros;
    }
  /** Over, but the transport is still closing. */
  | { readonly kind: "ending"; readonly peer: string; readonly reason: EndReason }
  | { readonly kind: "ended"; readonly peer: string; readonly reason: EndReason; readonly sinceUs: Micros };

/** What a peer may end a call with beside its wish to: things that failed for it, and so for both. */
const FAULTS: readonly EndCode[] = [
  "negotiation-timeout",
  "negotiation-failed",
  "no-candidates",
  "no-path",
  "dtls-failed",
  "media-silent",
  "connection-lost",
];

/** The code of a fault that a peer tells; undefined for none, and for one that is not known here. */
export function faultCode(text: string | undefined): EndCode | undefined {
  return FAULTS.find((code) => code === text);
}

/** A peer's or a stack's words, fit to be shown: one line, no control characters, at most 200 characters. */
export function cleanDetail(text: string | undefined): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
  const line = (text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Where a call stands as a sentence for people. */
export function describeState(state: PeerSessionState): string {
  switch (state.kind) {
    case "idle":
      return "No call.";
    case "outgoing-init":
      return `Calling ${state.peer.split("|")[0] || state.peer}…`;
    case "incoming-init":
      return `${state.peer.split("|")[0] || state.peer} is calling.`;
    case "negotiating":
      return "Connecting…";
    case "active":
      return state.interruptedUs === undefined ? "Connected." : "The connection is interrupted; it may come back.";
    case "ending":
    case "ended":
      return describeEnd(state.reason);
    default:
      return state satisfies never;
  }
}

/** The end of a call as a sentence for people. */
export function describeEnd({ code, by, detail }: EndReason): string {
  const isPlainHangup = detail === "" || detail === "hangup";
  switch (code) {
    case "hangup":
      if (by === "local") {
        return "You hung up.";
      }
      return isPlainHangup ? "The other side hung up." : `The other side ended the call: ${sentence(detail)}`;
    case "rejected":
      return detail === "" || detail === "declined"
        ? "The other side declined the call."
        : `The other side declined the call: ${sentence(detail)}`;
    case "busy":
      return "The other side is busy with another call.";
    case "no-answer":
      return "Nobody answered the call.";
    case "negotiation-timeout":
      return `The call was accepted, but no connection came about in time${detail === "" ? "." : `: ${sentence(detail)}`}`;
    case "negotiation-failed":
      return `The two sides could not agree on a connection${detail === "" ? "." : `: ${sentence(detail)}`}`;
    case "no-path":
      return detail === ""
        ? "ICE found no path: a firewall or NAT between the two sides lets no media through. A TURN server helps."
        : `No path for the media came about${told(by)}: ${sentence(detail)}`;
    case "no-candidates":
      return `No path for the media can come about${detail === "" ? "." : `${told(by)}: ${sentence(detail)}`}`;
    case "dtls-failed":
      return detail === ""
        ? "There is a path for the media, but the encryption on it (DTLS) failed."
        : `The encryption of the media (DTLS) failed${told(by)}: ${sentence(detail)}`;
    case "media-silent":
      return detail === ""
        ? "The connection is there, but no media comes over it."
        : `No media comes over the connection${told(by)}: ${sentence(detail)}`;
    case "connection-lost":
      return "The connection was lost and did not come back.";
    case "transport-closed":
      return "The connection was closed.";
    case "peer-gone":
      return "The other side has gone offline.";
    default:
      return code satisfies never;
  }
}

/** Whose view a detail is: "here" and "there" are the other way round on the other side. */
function told(by: EndReason["by"]): string {
  return by === "remote" ? " (in the other side's words)" : "";
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
