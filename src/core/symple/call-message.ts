// Calls as Symple v4 messages: `call:init`, `call:offer`, … and their data, to and from the Signaller port's messages.
import { MAX_CANDIDATE_LENGTH, parseIceCandidate } from "../webrtc/ice-candidate.js";
import type { CallControl, SignallingMessage } from "../webrtc/signaller.js";
import { parseAddress } from "./address.js";
import { isJsonObject, type JsonObject, objectAt, textAt } from "./json.js";
import type { OutgoingMessage, PeerMessage } from "./peer-message.js";

/** Longest reason that is taken from a peer, in characters. */
const MAX_REASON_LENGTH = 256;

const CONTROLS: { readonly [subtype: string]: CallControl } = {
  "call:init": "init",
  "call:accept": "accept",
  "call:reject": "reject",
  "call:hangup": "hangup",
};

/** Why, where the sender gave no reason. */
const DEFAULT_REASONS: { readonly [control: string]: string } = { reject: "declined", hangup: "hangup" };

/** Whether a message is part of a call. */
export function isCallMessage(message: PeerMessage): boolean {
  return message.type === "message" && message.subtype.startsWith("call:");
}

/**
 * Reads a message of a call. Undefined when it is none, when the sender has no full address, or when its data has the
 * wrong shape. Never throws.
 */
export function readCallMessage({ type, from, subtype, data }: PeerMessage): SignallingMessage | undefined {
  const address = parseAddress(from);
  if (type !== "message" || address === undefined || address.user === "") {
    return undefined;
  }
  const peer = from;
  const content: JsonObject = isJsonObject(data) ? data : {};
  switch (subtype) {
    case "call:init":
    case "call:accept":
    case "call:reject":
    case "call:hangup":
      return controlMessage(peer, CONTROLS[subtype], content);
    case "call:offer":
      return description(peer, "offer", content);
    case "call:answer":
      return description(peer, "answer", content);
    case "call:candidate":
      return candidate(peer, content);
    default:
      return undefined;
  }
}

/** Writes a message of a call. */
export function writeCallMessage(message: SignallingMessage): OutgoingMessage {
  const to = message.peer;
  switch (message.kind) {
    case "control": {
      const reason = message.reason ?? DEFAULT_REASONS[message.control];
      const { code } = message;
      const data = { ...(reason === undefined ? {} : { reason }), ...(code === undefined ? {} : { code }) };
      return { to, subtype: `call:${message.control}`, data };
    }
    case "description":
      return { to, subtype: `call:${message.type}`, data: { type: message.type, sdp: message.sdp } };
    case "candidate":
      return { to, subtype: "call:candidate", data: { ...message.candidate } };
  }
}

function controlMessage(peer: string, control: CallControl, content: JsonObject): SignallingMessage {
  const fallback = DEFAULT_REASONS[control];
  if (fallback === undefined) {
    return { kind: "control", peer, control };
  }
  const reason = textAt(content, "reason").slice(0, MAX_REASON_LENGTH);
  const code = textAt(content, "code");
  const known = /^[a-z-]{1,32}$/.test(code) ? { code } : {};
  return { kind: "control", peer, control, reason: reason === "" ? fallback : reason, ...known };
}

function description(peer: string, type: "offer" | "answer", content: JsonObject): SignallingMessage | undefined {
  const sdp = textAt(content, "sdp");
  return textAt(content, "type") === type && sdp !== "" ? { kind: "description", peer, type, sdp } : undefined;
}

/** Some clients wrap the candidate once more, or send null for "no more". */
function candidate(peer: string, content: JsonObject): SignallingMessage | undefined {
  const inner = objectAt(content, "candidate");
  const fields = typeof inner["candidate"] === "string" ? inner : content;
  const line = fields["candidate"] ?? "";
  if (typeof line !== "string" || line.length > MAX_CANDIDATE_LENGTH) {
    return undefined;
  }
  const parsed = parseIceCandidate({ ...fields, candidate: isEnd(line) ? "" : line });
  return parsed === undefined ? undefined : { kind: "candidate", peer, candidate: parsed };
}

function isEnd(line: string): boolean {
  return /^\s*(a=)?end-of-candidates\s*$/.test(line);
}
