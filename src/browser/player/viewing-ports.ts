// What a player needs of its client and of its calls. BrowserSympleClient and WatchSession have it; a page may bring its own.
import type { Signal } from "../../core/signal/signal.js";
import type { SympleClientState } from "../../core/symple/client-io.js";
import type { SympleRoster } from "../../core/symple/symple-endpoint.js";
import type { Signaller } from "../../core/webrtc/signaller.js";
import type { WatchSession } from "../webrtc/watch-session.js";

/** The connection to the server: a BrowserSympleClient, or anything like it. */
export interface PlayerClient {
  readonly state: SympleClientState;
  /** A new state; the same as `state`. */
  readonly changed: Signal<SympleClientState>;
  readonly roster: Pick<SympleRoster, "peers" | "peerAdded" | "peerChanged" | "peerRemoved">;
  /** Connects unless it is connected. */
  open(): void;
  close(): void;
  /** Until the answer is disposed of somebody waits for the server: reconnect soon. May be left out. */
  hurry?(): Disposable;
  /** The STUN and TURN servers that the server offers, with credentials for one call. May be left out: then there are none. */
  iceServers?(): Promise<readonly RTCIceServer[]>;
  /** Carries calls over this client. */
  signaller(): Signaller;
}

/** One call that receives: a WatchSession, or anything like it. */
export type PlayerSession = Pick<WatchSession, "state" | "changed" | "stream" | "start" | "close" | "stats">;

/** Makes a call to a peer (`user|id`), not started. */
export type OpenPlayerSession = (options: {
  readonly client: PlayerClient;
  readonly peer: string;
  readonly iceServers: readonly RTCIceServer[];
  readonly playout: "live" | "sync";
}) => PlayerSession;
