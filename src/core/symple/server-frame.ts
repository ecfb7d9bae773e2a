// Symple v4 frames as a client reads them: welcome, errors, presence, room answers, and what other peers say.
import { formatAddress, isName } from "./address.js";
import { isJsonObject, type JsonObject, objectAt, parseJsonObject, textAt, textsAt } from "./json.js";
import type { PeerMessage } from "./peer-message.js";

/** A peer as a client knows it from its presence. */
export type RemotePeer = {
  /** The session's id: one user may have several. */
  readonly id: string;
  readonly user: string;
  /** What people call it; the user when it gave none. */
  readonly name: string;
  /** "server" for a media server; else what the server or the peer says it is, "Peer" mostly. */
  readonly type: string;
  /** `user|id`: where messages to it go. */
  readonly address: string;
  /** Its whole record: `capabilities`, `mode`, `peerType` and whatever else it tells. */
  readonly data: JsonObject;
};

/** Everything that a server sends. */
export type ServerFrame =
  | { readonly kind: "welcome"; readonly peer: RemotePeer; readonly rooms: readonly string[] }
  | { readonly kind: "error"; readonly status: number; readonly message: string }
  | {
      readonly kind: "presence";
      readonly peer: RemotePeer;
      readonly online: boolean;
      /** It asks who is there. */
      readonly isProbe: boolean;
    }
  | { readonly kind: "joined" | "left"; readonly room: string }
  | { readonly kind: "message"; readonly message: PeerMessage }
  /** Not for us to understand: not JSON, another type, or the wrong shape. */
  | { readonly kind: "unknown" };

/** Reads one text frame from a server. Never throws. */
export function parseServerFrame(text: string): ServerFrame {
  const fields = parseJsonObject(text);
  if (fields === undefined) {
    return UNKNOWN;
  }
  const type = fields["type"];
  switch (type) {
    case "welcome":
      return welcome(fields);
    case "error":
      return { kind: "error", status: statusOf(fields), message: textAt(fields, "message") };
    case "presence":
      return presence(fields);
    case "join:ok":
    case "leave:ok": {
      const room = textAt(fields, "room");
      return isName(room) ? { kind: type === "join:ok" ? "joined" : "left", room } : UNKNOWN;
    }
    case "message":
    case "command":
    case "event": {
      const { data } = fields;
      const from = textAt(fields, "from");
      return { kind: "message", message: { type, from, subtype: textAt(fields, "subtype"), data, fields } };
    }
    default:
      return UNKNOWN;
  }
}

const UNKNOWN: ServerFrame = { kind: "unknown" };

function welcome(fields: JsonObject): ServerFrame {
  const peer = remotePeer(objectAt(fields, "peer"));
  if (peer === undefined || statusOf(fields) !== 200) {
    return UNKNOWN;
  }
  return { kind: "welcome", peer, rooms: textsAt(fields, "rooms").filter(isName) };
}

function presence(fields: JsonObject): ServerFrame {
  const { data } = fields;
  const peer = isJsonObject(data) ? remotePeer(data) : undefined;
  if (peer === undefined) {
    return UNKNOWN;
  }
  return { kind: "presence", peer, online: peer.data["online"] !== false, isProbe: fields["probe"] === true };
}

function remotePeer(data: JsonObject): RemotePeer | undefined {
  const id = textAt(data, "id");
  const user = textAt(data, "user");
  if (!isName(id) || !isName(user)) {
    return undefined;
  }
  const name = textAt(data, "name");
  return {
    id,
    user,
    name: name === "" ? user : name,
    type: textAt(data, "type"),
    address: formatAddress({ user, id }),
    data,
  };
}

function statusOf(fields: JsonObject): number {
  const status = fields["status"];
  return typeof status === "number" ? status : 0;
}
