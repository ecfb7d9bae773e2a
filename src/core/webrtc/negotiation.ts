// From an offer and our capabilities to a plan of the answer (RFC 8829 5.3, RFC 3264 6). Pure: no time, no randomness.
import { FloeError } from "../error/floe-error.js";
import { effectiveTransport } from "../sdp/effective-attributes.js";
import { receives } from "../sdp/media-direction.js";
import type { SessionDescription } from "../sdp/session-description.js";
import type { LocalCapabilities } from "./negotiation-capabilities.js";
import type { AnswerPlan, RemoteTransport, SectionPlan } from "./negotiation-plan.js";
import { planSection, type SectionVerdict } from "./negotiation-section.js";

/**
 * Decides what an offer is answered with. Throws FloeError: "webrtc/bad-offer" when it has no media section or no ICE
 * and DTLS parameters, "webrtc/no-common-codec" when media would flow but for the codecs, "webrtc/nothing-to-send" (or
 * "webrtc/nothing-to-receive", for an end that receives) when none would flow anyway. An offer with data channels only is fine for an end that has no codecs.
 */
export function planAnswer(offer: SessionDescription, capabilities: LocalCapabilities): AnswerPlan {
  const bundled = offer.groups.find((group) => group.semantics === "BUNDLE")?.mids;
  const sections: SectionPlan[] = [];
  const notes: string[] = [];
  const verdicts: SectionVerdict[] = [];
  const taken = { video: 0, audio: 0 };
  for (const [index, { mid }] of offer.media.entries()) {
    const isFirst = !sections.some((section) => section.kind !== "rejected");
    const hasTransport = bundled === undefined ? isFirst : mid !== undefined && bundled.includes(mid);
    const verdict = planSection(index, { offer, capabilities, taken, hasTransport });
    const { section } = verdict;
    if (section.kind === "media") {
      taken[section.media]++;
    }
    sections.push(section);
    notes.push(...verdict.notes);
    verdicts.push(verdict);
  }
  checkThatSomethingFlows(verdicts, capabilities, notes);
  const remote = remoteTransport(offer, sections, bundled ?? []);
  return {
    sections,
    bundle: (bundled ?? []).filter((mid) => isAccepted(sections, mid)),
    remote,
    setup: remote.setup === "active" ? "passive" : "active",
    notes,
  };
}

function isAccepted(sections: readonly SectionPlan[], mid: string): boolean {
  return sections.some((section) => section.kind !== "rejected" && section.mid === mid);
}

function checkThatSomethingFlows(
  verdicts: readonly SectionVerdict[],
  capabilities: LocalCapabilities,
  notes: readonly string[],
): void {
  if (verdicts.length === 0) {
    throw new FloeError("webrtc/bad-offer", "the offer has no media section", {
      fix: "Offer a video or an audio section, recvonly to watch.",
    });
  }
  const kinds = verdicts.map(({ section }) => section.kind);
  if (kinds.includes("media") || (capabilities.codecs.length === 0 && kinds.includes("data"))) {
    return;
  }
  const isReceiver = receives(capabilities.video.direction) || receives(capabilities.audio.direction);
  if (verdicts.some(({ lacksCodec }) => lacksCodec === true)) {
    const ours = capabilities.codecs.map(({ encodingName }) => encodingName).join(", ");
    // Short, because it goes to the peer as the reason of a hangup.
    const why = verdicts.flatMap(({ section }) =>
      "reason" in section ? `${section.offered.kind}: ${section.reason}` : [],
    );
    throw new FloeError("webrtc/no-common-codec", why.join("; "), {
      fix: isReceiver
        ? `Publish one of ${ours}.`
        : "Use a browser that plays these codecs, or choose another codec at the server.",
    });
  }
  throw new FloeError(
    isReceiver ? "webrtc/nothing-to-receive" : "webrtc/nothing-to-send",
    `no media would flow. ${notes.join(" ")}`.trim(),
    { fix: `Offer a ${isReceiver ? "sendonly" : "recvonly"} video or audio section in the BUNDLE group.` },
  );
}

/** The transport is described by the first section of the bundle that lives (RFC 9143 7.2). */
function remoteTransport(
  offer: SessionDescription,
  sections: readonly SectionPlan[],
  bundled: readonly string[],
): RemoteTransport {
  const tagged = bundled.find((mid) => isAccepted(sections, mid));
  const section = sections.find(({ kind, mid }) => kind !== "rejected" && (tagged === undefined || mid === tagged));
  const { iceUfrag, icePwd, iceOptions, fingerprints, setup } =
    section === undefined ? offer.transport : effectiveTransport(offer, section.offered);
  if (iceUfrag === undefined || icePwd === undefined || fingerprints.length === 0 || setup === "holdconn") {
    throw new FloeError("webrtc/bad-offer", "the offer has no ICE credentials or no DTLS fingerprint", {
      fix: "Send the offer of a WebRTC connection, unchanged.",
    });
  }
  return { iceUfrag, icePwd, iceOptions, fingerprints, setup: setup ?? "actpass" };
}
