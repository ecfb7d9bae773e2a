// What a player does: one wish to watch after another, from its client and its calls to the picture, without the DOM of
// the element around it.
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import { foreignHint } from "../symple/foreign-page.js";
import { BrowserSympleClient } from "../symple/symple-client.js";
import { BrowserClock } from "../time/browser-clock.js";
import { WatchSession } from "../webrtc/watch-session.js";
import { asFloeError } from "./as-floe-error.js";
import { freshIceServers } from "./fresh-ice-servers.js";
import type { Picture } from "./picture.js";
import type { PlayerState } from "./player-state.js";
import type { SourceFacts } from "./source-facts.js";
import { Viewing } from "./viewing.js";
import type { OpenPlayerSession, PlayerClient, PlayerSession } from "./viewing-ports.js";

/** Where a server of ours takes signalling, relative to the page. */
const DEFAULT_URL = "/ws";
/** The room that every viewer and the server share. */
const ROOM = "public";

/** What is to be watched, and how. */
export type PlayerWishes = {
  /** "" for the default. */
  readonly url: string;
  readonly token: string;
  readonly peer: string;
  readonly playout: "live" | "sync";
  /** Undefined: those that the server offers. */
  readonly iceServers: readonly RTCIceServer[] | undefined;
  /** A client that the page shares; without it the player makes one of its own. */
  readonly client: PlayerClient | undefined;
  readonly openSession: OpenPlayerSession;
};

/** Watches, hangs up, and begins anew. */
export class PlayerRun {
  /** A new state; the same as `state`. */
  readonly changed: Signal<PlayerState> = new Signal();
  /** What the peer tells of its source; the same as `source`. */
  readonly sourceChanged: Signal<SourceFacts | undefined> = new Signal();
  /** Watching was asked for, and begins. */
  readonly asked: Signal = new Signal();
  readonly #wishes: () => PlayerWishes;
  readonly #picture: Picture;
  #state: PlayerState = { kind: "idle" };
  #viewing: Viewing | undefined;
  #ownClient: PlayerClient | undefined;
  #playout: "live" | "sync" = "live";

  /** `wishes` is asked each time watching begins; what it throws is why watching fails. */
  constructor(picture: Picture, wishes: () => PlayerWishes) {
    this.#picture = picture;
    this.#wishes = wishes;
    picture.started.on(() => this.#viewing?.pictureShown());
  }

  get state(): PlayerState {
    return this.#state;
  }

  get source(): SourceFacts | undefined {
    return this.#viewing?.source;
  }

  /** The call that is under way, if any. */
  get session(): PlayerSession | undefined {
    return this.#viewing?.session;
  }

  /** Whether something is wanted: true from `watch` to `hangup`, except after a failure to begin. */
  get isWanted(): boolean {
    return this.#viewing !== undefined;
  }

  /** Watches. Quiet while that is under way; after an end or a failure it begins anew. */
  watch(): void {
    if (this.#viewing !== undefined && this.#state.kind !== "ended" && this.#state.kind !== "failed") {
      return;
    }
    this.#drop();
    this.asked.emit();
    try {
      this.#begin(this.#wishes());
    } catch (error) {
      this.#drop();
      this.#enter({ kind: "failed", error: asFloeError(error) });
    }
  }

  /** Hangs up. Quiet when nothing is watched. */
  hangup(): void {
    this.#drop();
    this.#enter({ kind: "idle" });
  }

  /** What to watch has changed: if something is watched, that is over and the new begins. */
  again(): void {
    if (this.#viewing !== undefined || this.#state.kind === "failed") {
      this.#drop();
      this.watch();
    }
  }

  /** Changes how frames are shown. Both ends agree on it when a call begins, so a call that is under way is made anew. */
  setPlayout(playout: "live" | "sync"): void {
    if (playout !== this.#playout) {
      this.#playout = playout;
      this.#viewing?.callAgain();
    }
  }

  #makeClient({ url, token }: PlayerWishes): PlayerClient {
    this.#ownClient = new BrowserSympleClient({
      url: url === "" ? DEFAULT_URL : url,
      token,
      peerType: "player",
      rooms: [ROOM],
    });
    return this.#ownClient;
  }

  #begin(wishes: PlayerWishes): void {
    const { openSession, iceServers } = wishes;
    if (openSession === openWatchSession && typeof RTCPeerConnection === "undefined") {
      throw new FloeError("player/no-webrtc", "This browser cannot receive live video", {
        fix: "Use a current browser with WebRTC switched on.",
      });
    }
    this.#playout = wishes.playout;
    const client = wishes.client ?? this.#makeClient(wishes);
    const offered = iceServers === undefined ? freshIceServers(client) : undefined;
    const viewing = new Viewing({
      client,
      clock: new BrowserClock(),
      wanted: wishes.peer,
      unreachableHint: wishes.client === undefined ? foreignHint(wishes.url) : "",
      openSession: (peer) => {
        const open = (servers: readonly RTCIceServer[]): PlayerSession =>
          openSession({ client, peer, iceServers: servers, playout: this.#playout });
        return offered === undefined ? open(iceServers ?? []) : offered().then(open);
      },
    });
    this.#viewing = viewing;
    viewing.changed.on((state) => {
      this.#enter(state);
      if (state.kind === "starting" && state.step === "picture") {
        this.#picture.tracksKnown();
      }
    });
    viewing.sourceChanged.on((source) => this.sourceChanged.emit(source));
    viewing.sessionStarted.on((session) => this.#picture.show(session.stream));
    this.#enter(viewing.state);
    viewing.start();
  }

  #drop(): void {
    const viewing = this.#viewing;
    this.#viewing = undefined;
    viewing?.changed.clear();
    viewing?.close();
    if (viewing?.source !== undefined) {
      viewing.sourceChanged.clear();
      this.sourceChanged.emit(undefined);
    }
    this.#ownClient?.close();
    this.#ownClient = undefined;
    this.#picture.clear();
  }

  #enter(state: PlayerState): void {
    if (state.kind !== "idle" || this.#state.kind !== "idle") {
      this.#state = state;
      this.changed.emit(state);
    }
  }
}

/** How calls are made unless a page brings its own: a WatchSession over the client. */
export const openWatchSession: OpenPlayerSession = ({ client, peer, iceServers, playout }) =>
  new WatchSession({ signaller: client.signaller(), peer, iceServers, playout });
