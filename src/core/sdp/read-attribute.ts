// Where an attribute goes: into its field at the session, at a media section, or into the list of the unknown ones.
import { WireError } from "../error/floe-error.js";
import {
  readExtensionMap,
  readFingerprint,
  readFormatParameters,
  readGroup,
  readMsid,
  readNumber,
  readRtcpFeedback,
  readRtpMap,
  readSetup,
  readSsrcAttribute,
  readSsrcGroup,
  readToken,
  words,
} from "./attribute-readers.js";
import type { MediaDraft, SessionDraft, TransportDraft } from "./description-draft.js";
import { isMediaDirection } from "./media-direction.js";

/** Reads one `a=` line's value into the session. WireError when a typed attribute breaks its grammar. */
export function readSessionAttribute(session: SessionDraft, text: string): void {
  const { name, value } = split(text);
  if (value === undefined && isMediaDirection(name)) {
    session.direction = name;
  } else if (value !== undefined && name === "group") {
    session.groups.push(readGroup(value));
  } else if (value === undefined || !readTransportAttribute(session.transport, name, value)) {
    session.attributes.push(value === undefined ? { name } : { name, value });
  }
}

/** Reads one `a=` line's value into a section. WireError when a typed attribute breaks its grammar. */
export function readMediaAttribute(media: MediaDraft, text: string): void {
  const { name, value } = split(text);
  const isRead =
    value === undefined
      ? readFlag(media, name)
      : readTransportAttribute(media.transport, name, value) || readMediaValue(media, name, value);
  if (!isRead) {
    media.attributes.push(value === undefined ? { name } : { name, value });
  }
}

function split(text: string): { readonly name: string; readonly value?: string } {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  if (name === "") {
    throw new WireError("sdp/attribute", "an a= line needs a name");
  }
  return colon < 0 ? { name } : { name, value: text.slice(colon + 1) };
}

function readTransportAttribute(transport: TransportDraft, name: string, value: string): boolean {
  switch (name) {
    case "ice-ufrag":
      transport.iceUfrag = readToken(name, value);
      return true;
    case "ice-pwd":
      transport.icePwd = readToken(name, value);
      return true;
    case "ice-options":
      transport.iceOptions = words(value);
      return true;
    case "fingerprint":
      transport.fingerprints.push(readFingerprint(value));
      return true;
    case "setup":
      transport.setup = readSetup(value);
      return true;
    default:
      return false;
  }
}

function readFlag(media: MediaDraft, name: string): boolean {
  if (isMediaDirection(name)) {
    media.direction = name;
    return true;
  }
  switch (name) {
    case "bundle-only":
      media.bundleOnly = true;
      return true;
    case "rtcp-mux":
      media.rtcpMux = true;
      return true;
    case "rtcp-rsize":
      media.rtcpReducedSize = true;
      return true;
    case "end-of-candidates":
      media.endOfCandidates = true;
      return true;
    default:
      return false;
  }
}

function readMediaValue(media: MediaDraft, name: string, value: string): boolean {
  switch (name) {
    case "mid":
      if (media.mid !== undefined) {
        throw new WireError("sdp/mid", "a media section has one a=mid, not two");
      }
      media.mid = readToken(name, value);
      return true;
    case "rtpmap":
      media.rtpMaps.push(readRtpMap(value));
      return true;
    case "fmtp":
      media.formatParameters.push(readFormatParameters(value));
      return true;
    case "rtcp-fb":
      media.rtcpFeedback.push(readRtcpFeedback(value));
      return true;
    case "extmap":
      media.extensions.push(readExtensionMap(value));
      return true;
    case "msid":
      media.msids.push(readMsid(value));
      return true;
    case "ssrc":
      media.ssrcAttributes.push(readSsrcAttribute(value));
      return true;
    case "ssrc-group":
      media.ssrcGroups.push(readSsrcGroup(value));
      return true;
    case "sctp-port":
      media.sctpPort = readNumber(name, value, 0, 65_535);
      return true;
    case "max-message-size":
      media.maxMessageSize = readNumber(name, value, 0, Number.MAX_SAFE_INTEGER);
      return true;
    case "candidate":
      media.candidates.push(`candidate:${value}`);
      return true;
    default:
      return false;
  }
}
