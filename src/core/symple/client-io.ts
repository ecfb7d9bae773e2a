// What goes into a SympleClient and what comes out of it.
import type { FloeError } from "../error/floe-error.js";
import type { Micros } from "../time/units.js";
import type { JsonObject } from "./json.js";
import type { OutgoingMessage, PeerMessage } from "./peer-message.js";
import type { RosterChange } from "./roster.js";
import type { RemotePeer } from "./server-frame.js";

/** Where a client stands. */
export type SympleClientState =
  /** Not opened, or closed by its owner. */
  | { readonly kind: "closed" }
  /** A socket is being opened; `attempt` counts from 1 since the client was last online. */
  | { readonly kind: "connecting"; readonly attempt: number }
  /** The socket is open, the welcome has not come. */
  | { readonly kind: "authenticating"; readonly attempt: number }
  | { readonly kind: "online"; readonly peer: RemotePeer }
  /**
   * It does not work. With `retryAtUs` the next attempt is then (the client's clock); without it the client has given
   * up, because the server refused it or because it was told not to reconnect: `open` tries again.
   */
  | { readonly kind: "error"; readonly error: FloeError; readonly retryAtUs: Micros | undefined };

/** An input. */
export type SympleClientInput =
  /** Connect, or connect at once when waiting to. Quiet when a connection is there or being made. */
  | { readonly kind: "open" }
  /** Say goodbye and stay closed. */
  | { readonly kind: "close" }
  | { readonly kind: "socket-opened" }
  | { readonly kind: "socket-text"; readonly text: string }
  /** The socket could not be opened, or has closed. */
  | { readonly kind: "socket-closed"; readonly code: number; readonly reason: string }
  | { readonly kind: "send"; readonly message: OutgoingMessage }
  | { readonly kind: "join" | "leave"; readonly room: string }
  /** Somebody waits for the server, or no longer: how long a wait between two attempts may be. */
  | { readonly kind: "hurry"; readonly isHurried: boolean }
  /** New presence data of our own; kept for the next connection too. */
  | { readonly kind: "presence"; readonly data: JsonObject };

/** An output. There is one socket at most: an event of an older one must not be handed in. */
export type SympleClientOutput =
  | { readonly kind: "connect" }
  | { readonly kind: "text"; readonly text: string }
  /** Close the socket and hear nothing more of it. */
  | { readonly kind: "disconnect"; readonly code: number; readonly reason: string }
  | { readonly kind: "state"; readonly state: SympleClientState }
  | { readonly kind: "received"; readonly message: PeerMessage }
  /** The server refused something and kept the connection. */
  | { readonly kind: "refused"; readonly error: FloeError }
  | RosterChange;
