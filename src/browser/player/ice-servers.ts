// STUN and TURN servers as an attribute: the JSON of what RTCPeerConnection takes as `iceServers`.
import { FloeError } from "../../core/error/floe-error.js";

const EXAMPLE = '[{"urls":"stun:example.org"}]';
const STUN = /^stuns?:[^/]/i;
const TURN = /^turns?:[^/]/i;

/** The servers that `text` names, a JSON array or one object; none for blank text. Throws FloeError in words. */
export function parseIceServers(text: string): readonly RTCIceServer[] {
  if (text.trim() === "") {
    return [];
  }
  const parsed = parseJson(text);
  return (Array.isArray(parsed) ? parsed : [parsed]).map(parseServer);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault("is not JSON");
  }
}

function parseServer(value: unknown, index: number): RTCIceServer {
  const name = `server ${index + 1}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fault(`has a ${name} that is no object`);
  }
  const fields: { readonly urls?: unknown; readonly username?: unknown; readonly credential?: unknown } = value;
  const urls: readonly unknown[] = Array.isArray(fields.urls) ? fields.urls : [fields.urls];
  const texts = urls.filter((url) => typeof url === "string");
  if (texts.length === 0 || texts.length < urls.length) {
    throw fault(`has a ${name} without urls`);
  }
  if (!texts.every((url) => STUN.test(url) || TURN.test(url))) {
    throw fault(`has a ${name} whose urls are not all of the kinds stun:, stuns:, turn: and turns:`);
  }
  const { username, credential } = fields;
  if (typeof username === "string" && typeof credential === "string") {
    return { urls: texts, username, credential };
  }
  if (texts.some((url) => TURN.test(url))) {
    throw fault(`has a ${name} for TURN without username and credential`);
  }
  return { urls: texts };
}

/** Never the text itself: it may hold a credential. */
function fault(what: string): FloeError {
  return new FloeError("player/bad-ice-servers", `The attribute ice-servers ${what}`, {
    fix: `Write a JSON array such as ${EXAMPLE}.`,
  });
}
