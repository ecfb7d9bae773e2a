// What peers say to each other through Symple, and the port that carries it: a client on a socket or a virtual peer.
import type { Signal } from "../signal/signal.js";
import type { JsonObject, JsonValue } from "./json.js";

/** The types that travel from peer to peer besides presence. */
export type PeerMessageType = "message" | "command" | "event";

/** A message that came from a peer, or from the server itself. */
export type PeerMessage = {
  readonly type: PeerMessageType;
  /** The sender's `user|id`, written by the server; "" when the server itself speaks. */
  readonly from: string;
  /** What kind of message: `call:init`; "" when there is none. */
  readonly subtype: string;
  /** The content, of any shape: check it. */
  readonly data: JsonValue | undefined;
  /** The whole frame, for the fields of commands and events (`node`, `action`, `name`, …). */
  readonly fields: JsonObject;
};

/** A message to send. The id and the sender are added on the way. */
export type OutgoingMessage = {
  /** "message" when left out. */
  readonly type?: PeerMessageType;
  /** `user|id`, a bare id, a room, or rooms; left out: everybody in the sender's rooms. */
  readonly to?: string | readonly string[];
  readonly subtype?: string;
  readonly data?: JsonValue;
  /** Further fields of the frame, such as `node` and `action` of a command. */
  readonly fields?: JsonObject;
};

/** Something that has an address in Symple: it sends and it receives. */
export interface MessagePort {
  /** Sends. False when there is no connection, and then the message is gone. Never throws. */
  send(message: OutgoingMessage): boolean;
  /** A message from a peer. */
  readonly received: Signal<PeerMessage>;
}
