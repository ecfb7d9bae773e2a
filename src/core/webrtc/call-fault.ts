// The end of a call that somebody has to do something about, as an error whose code names the step that failed.
import { FloeError } from "../error/floe-error.js";
import { describeEnd, type EndCode, type EndReason } from "./peer-session-state.js";

/** What the call was for. */
export type CallPurpose = "watch" | "publish";

type Fixes = { readonly [code in EndCode]: string };

const WATCH_FIXES: Fixes = {
  ...fixes("watch"),
  "negotiation-failed": "Check that this browser plays H.264 video, then watch again.",
  "media-silent": "Look whether the source works, then watch again.",
};

const PUBLISH_FIXES: Fixes = {
  ...fixes("publish"),
  "negotiation-failed":
    "Check that this browser sends what the other side takes (H.264 or VP8, and Opus), then publish again.",
  "media-silent": "Look whether camera and microphone work, then publish again.",
};

/** The error `call/CODE` with its fix, for a viewer or for whoever publishes. */
export function callFault(
  reason: EndReason,
  { purpose = "watch" }: { readonly purpose?: CallPurpose } = {},
): FloeError {
  const fix = (purpose === "watch" ? WATCH_FIXES : PUBLISH_FIXES)[reason.code];
  return new FloeError(`call/${reason.code}`, describeEnd(reason), { fix });
}

function fixes(verb: CallPurpose): Omit<Fixes, "negotiation-failed" | "media-silent"> {
  const again = `${verb} again`;
  const Again = `${verb === "watch" ? "Watch" : "Publish"} again`;
  return {
    hangup: `${Again}.`,
    "peer-gone": `${Again} when the peer is back.`,
    rejected: `${Again} to ask once more.`,
    busy: `${Again} when the other call is over.`,
    "no-answer": `Check that the peer still works, then ${again}.`,
    "negotiation-timeout": `Let UDP through between this page and the peer, then ${again}.`,
    "no-candidates":
      "Look for a network that is down, and for a setting, an extension or a policy that keeps WebRTC from it.",
    "no-path": "Let UDP through between this page and the peer, or give both a TURN server that they reach.",
    "dtls-failed": `${Again}. If it stays so, look for a VPN that drops large UDP packets, and for something that changes signalling on its way.`,
    "connection-lost": `Check the network, then ${again}.`,
    "transport-closed": `Check the network, then ${again}.`,
  };
}
