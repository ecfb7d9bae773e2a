// The end of a call that somebody has to do something about, as an error whose code names the step that failed.
import { FloeError } from "../error/floe-error.js";
import { describeEnd, type EndCode, type EndReason } from "./peer-session-state.js";

const FIXES: { readonly [code in EndCode]: string } = {
  hangup: "Watch again.",
  "peer-gone": "Watch again when the peer is back.",
  rejected: "Watch again to ask once more.",
  busy: "Watch again when the other call is over.",
  "no-answer": "Check that the peer still works, then watch again.",
  "negotiation-timeout": "Let UDP through between this page and the peer, then watch again.",
  "negotiation-failed": "Check that this browser plays H.264 video, then watch again.",
  "no-candidates":
    "Look for a network that is down, and for a setting, an extension or a policy that keeps WebRTC from it.",
  "no-path": "Let UDP through between this page and the peer, or give both a TURN server that they reach.",
  "dtls-failed":
    "Watch again. If it stays so, look for a VPN that drops large UDP packets, and for something that changes signalling on its way.",
  "media-silent": "Look whether the source works, then watch again.",
  "connection-lost": "Check the network, then watch again.",
  "transport-closed": "Check the network, then watch again.",
};

/** The error `call/CODE` with its fix, for a viewer. */
export function callFault(reason: EndReason): FloeError {
  return new FloeError(`call/${reason.code}`, describeEnd(reason), { fix: FIXES[reason.code] });
}
