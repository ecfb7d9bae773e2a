// What goes into a SympleServer and what comes out of it.
import type { JsonObject } from "./json.js";
import type { OutgoingMessage, PeerMessage } from "./peer-message.js";
import type { PeerProfile } from "./server-peer.js";

/** What a client said about itself, for the hook that decides whether it may come in. */
export type AuthRequest = {
  readonly user: string;
  /** "" when it gave none. */
  readonly name: string;
  /** "" when it gave none. */
  readonly token: string;
  /** The rooms it wants to be in. */
  readonly rooms: readonly string[];
  readonly data: JsonObject;
};

/** The hook's answer. What it gives wins over what the client said. */
export type AuthVerdict =
  | {
      readonly accepted: true;
      readonly name?: string;
      readonly type?: string;
      /** Rooms beside those it asked for. */
      readonly rooms?: readonly string[];
      /** Presence data beside its own. */
      readonly data?: JsonObject;
    }
  | {
      readonly accepted: false;
      /** What the client is told: "Authentication failed" when left out. */
      readonly message?: string;
    };

/** A peer inside the process: it has no socket, cannot be told from others, and is trusted. */
export type VirtualPeerProfile = PeerProfile & { readonly rooms: readonly string[] };

/** An input. Connections are numbers that the caller makes up and never uses twice. */
export type SympleServerInput =
  | { readonly kind: "opened"; readonly connection: number }
  | { readonly kind: "text"; readonly connection: number; readonly text: string; readonly byteLength: number }
  /** A binary frame: Symple has none, so it is counted and dropped. */
  | { readonly kind: "binary"; readonly connection: number; readonly byteLength: number }
  /** A pong, or any other sign of life. */
  | { readonly kind: "alive"; readonly connection: number }
  | { readonly kind: "closed"; readonly connection: number }
  | { readonly kind: "verdict"; readonly connection: number; readonly verdict: AuthVerdict }
  | { readonly kind: "virtual-added"; readonly peer: VirtualPeerProfile }
  | { readonly kind: "virtual-removed"; readonly id: string }
  | { readonly kind: "virtual-send"; readonly id: string; readonly message: OutgoingMessage }
  /** New presence data of a virtual peer, told to its rooms. */
  | { readonly kind: "virtual-presence"; readonly id: string; readonly data: JsonObject }
  /** Says goodbye to everybody; from then on nobody comes in. */
  | { readonly kind: "shutdown" };

/** An output. */
export type SympleServerOutput =
  | { readonly kind: "send"; readonly connection: number; readonly text: string }
  /** Close the socket after what was sent. The machine has forgotten the connection. */
  | { readonly kind: "close"; readonly connection: number; readonly code: number; readonly reason: string }
  /** Cut the socket: nobody is there to say goodbye to. The machine has forgotten the connection. */
  | { readonly kind: "drop"; readonly connection: number }
  /** Send a WebSocket ping; give its pong as `alive`. */
  | { readonly kind: "ping"; readonly connection: number }
  /** Ask the hook; give its answer as `verdict`. */
  | { readonly kind: "authenticate"; readonly connection: number; readonly request: AuthRequest }
  /** A message for a virtual peer. */
  | { readonly kind: "deliver"; readonly id: string; readonly message: PeerMessage }
  /** A neighbour of a virtual peer came, changed its data, or went. */
  | { readonly kind: "presence"; readonly id: string; readonly peer: PeerProfile; readonly online: boolean }
  /** A client was welcomed. */
  | { readonly kind: "peer-online"; readonly peer: PeerProfile }
  /** A client went, by itself or not. */
  | { readonly kind: "peer-offline"; readonly peer: PeerProfile };
