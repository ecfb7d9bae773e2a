// Symple v4 frames as a server reads them: one JSON object a text frame, checked for shape here and nowhere else.
import { isName, parseTarget, type Target } from "./address.js";
import { isJsonObject, type JsonObject, objectAt, parseJsonObject, textAt, textsAt } from "./json.js";

/** The types that are passed on to other peers. */
export type RoutedType = "message" | "command" | "event" | "presence";

/** The first frame of a client. */
export type AuthFrame = {
  readonly type: "auth";
  /** "" when it is missing. */
  readonly user: string;
  /** "" when it is missing. */
  readonly name: string;
  /** "" when it is missing. */
  readonly token: string;
  readonly rooms: readonly string[];
  readonly data: JsonObject;
};

/** A frame for other peers. */
export type RoutedFrame = {
  readonly type: RoutedType;
  readonly target: Target;
  /** The frame as it came; `from` in it is not to be trusted. */
  readonly fields: JsonObject;
};

/** A frame that joins or leaves a room. */
export type RoomFrame = { readonly type: "join" | "leave"; readonly room: string };

/** Everything that a client sends. */
export type ClientFrame = AuthFrame | RoutedFrame | RoomFrame | { readonly type: "close" };

/** A frame, or the reason why there is none. */
export type ParsedClientFrame =
  | { readonly kind: "frame"; readonly frame: ClientFrame }
  /** Not a JSON object: to be ignored. */
  | { readonly kind: "unparsable" }
  /** A type of another dialect, or none: to be ignored. */
  | { readonly kind: "unknown" }
  /** A known type with fields of the wrong shape: to be answered. */
  | { readonly kind: "malformed"; readonly reason: string };

/** Reads one text frame from a client. Never throws. */
export function parseClientFrame(text: string): ParsedClientFrame {
  const fields = parseJsonObject(text);
  if (fields === undefined) {
    return { kind: "unparsable" };
  }
  const type = fields["type"];
  switch (type) {
    case "auth":
      return { kind: "frame", frame: authFrame(fields) };
    case "join":
    case "leave": {
      const room = textAt(fields, "room");
      return isName(room) ? { kind: "frame", frame: { type, room } } : malformed("Invalid room name");
    }
    case "message":
    case "command":
    case "event":
    case "presence":
      return routedFrame(type, fields);
    case "close":
      return { kind: "frame", frame: { type } };
    default:
      return { kind: "unknown" };
  }
}

function authFrame(fields: JsonObject): AuthFrame {
  return {
    type: "auth",
    user: textAt(fields, "user"),
    name: textAt(fields, "name"),
    token: textAt(fields, "token"),
    rooms: textsAt(fields, "rooms"),
    data: objectAt(fields, "data"),
  };
}

function routedFrame(type: RoutedType, fields: JsonObject): ParsedClientFrame {
  const target = parseTarget(fields["to"]);
  if (target === undefined) {
    return malformed("Invalid recipient");
  }
  for (const key of ["id", "subtype", "node", "action", "name"]) {
    const value = fields[key];
    if (value !== undefined && value !== null && typeof value !== "string") {
      return malformed(`Field ${key} must be text`);
    }
  }
  if (type === "presence" && fields["data"] !== undefined && !isJsonObject(fields["data"])) {
    return malformed("Presence data must be an object");
  }
  return { kind: "frame", frame: { type, target, fields } };
}

function malformed(reason: string): ParsedClientFrame {
  return { kind: "malformed", reason };
}
