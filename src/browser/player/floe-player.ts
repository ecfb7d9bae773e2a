// <floe-player>: a peer's picture and sound in a page, with its states and errors in words. Importing this file defines
// nothing and touches no DOM; define.ts registers the element.
import { FloeError } from "../../core/error/floe-error.js";
import { BrowserSympleClient } from "../symple/symple-client.js";
import { WatchSession } from "../webrtc/watch-session.js";
import { Picture } from "./picture.js";
import type { FloePlayerEventMap } from "./player-events.js";
import { PlayerSampler } from "./player-sampler.js";
import { describePlayerState, type PlayerState, peerName } from "./player-state.js";
import type { PlayerStats } from "./player-stats.js";
import { PlayerView } from "./player-view.js";
import { Viewing } from "./viewing.js";
import type { OpenPlayerSession, PlayerClient } from "./viewing-ports.js";

/** Where a server of ours takes signalling, relative to the page. */
const DEFAULT_URL = "/ws";
/** The room that every viewer and the server share. */
const ROOM = "public";
/** Properties that a page may set before the element is defined. */
const PROPERTIES = ["url", "peer", "token", "autoplay", "muted", "controls", "client", "iceServers", "openSession"];

/** On a server (no DOM) the class exists and can be imported and extended; only a browser can make one. */
const ElementBase: typeof HTMLElement =
  typeof HTMLElement === "undefined" ? (class {} as unknown as typeof HTMLElement) : HTMLElement;

/**
 * `<floe-player url peer token autoplay muted controls>`. Attributes and properties of the same name mirror each other;
 * `url`, `peer` and `token` may change at any time and take effect at once.
 */
export class FloePlayer extends ElementBase {
  static readonly observedAttributes: readonly string[] = ["url", "peer", "token", "autoplay", "muted", "controls"];

  readonly #picture: Picture;
  readonly #view: PlayerView;
  readonly #sampler: PlayerSampler;
  #viewing: Viewing | undefined;
  #ownClient: PlayerClient | undefined;
  #client: PlayerClient | undefined;
  #openSession: OpenPlayerSession = openWatchSession;
  #iceServers: readonly RTCIceServer[] = [];
  #state: PlayerState = { kind: "idle" };

  constructor() {
    super();
    this.#view = new PlayerView(this.attachShadow({ mode: "open" }), {
      setWatching: (isWanted) => (isWanted ? this.watch() : this.hangup()),
      setMuted: (muted) => {
        this.muted = muted;
        // The attribute may have been as it is now all along (the browser refused sound), so it tells nothing.
        this.#picture.muted = muted;
      },
    });
    this.#picture = new Picture(this.#view.video);
    this.#sampler = new PlayerSampler({
      video: this.#view.video,
      state: () => this.#state.kind,
      session: () => this.#viewing?.session,
    });
    this.#picture.soundBlockedChanged.on(() => this.#render());
    this.#picture.started.on(() => {
      this.#sampler.pictureShown();
      this.#viewing?.pictureShown();
    });
    this.#sampler.sampled.on((detail) => this.dispatchEvent(new CustomEvent("statssample", { detail })));
  }

  /** Address of the server's signalling (ws, wss, http or https; relative to the page). "/ws" when empty. */
  get url(): string {
    return this.getAttribute("url") ?? "";
  }

  set url(url: string) {
    this.setAttribute("url", url);
  }

  /** Whom to watch: `user|id`, a session id, a user or a name. Empty: the first peer that can be watched. */
  get peer(): string {
    return this.getAttribute("peer") ?? "";
  }

  set peer(peer: string) {
    this.setAttribute("peer", peer);
  }

  /** The server's token; empty for none. Set the property rather than the attribute: markup can be read by anybody. */
  get token(): string {
    return this.getAttribute("token") ?? "";
  }

  set token(token: string) {
    this.setAttribute("token", token);
  }

  /** Whether to watch as soon as the element is in a page. */
  get autoplay(): boolean {
    return this.hasAttribute("autoplay");
  }

  set autoplay(autoplay: boolean) {
    this.toggleAttribute("autoplay", autoplay);
  }

  /** Whether silence is wanted. When the browser refuses sound, the picture is silent whatever this says. */
  get muted(): boolean {
    return this.hasAttribute("muted");
  }

  set muted(muted: boolean) {
    this.toggleAttribute("muted", muted);
  }

  /** Whether buttons to watch, hang up and mute are shown. */
  get controls(): boolean {
    return this.hasAttribute("controls");
  }

  set controls(controls: boolean) {
    this.toggleAttribute("controls", controls);
  }

  /** A client that the page shares with the player; `url` and `token` are its own then. It is never closed here. */
  get client(): PlayerClient | undefined {
    return this.#client;
  }

  set client(client: PlayerClient | undefined) {
    if (client !== this.#client) {
      this.#client = client;
      this.#again();
    }
  }

  /** STUN and TURN servers, used from the next call on. */
  get iceServers(): readonly RTCIceServer[] {
    return this.#iceServers;
  }

  set iceServers(iceServers: readonly RTCIceServer[]) {
    this.#iceServers = iceServers;
  }

  /** How calls are made, used from the next call on: a WatchSession over the client unless a page brings its own. */
  get openSession(): OpenPlayerSession {
    return this.#openSession;
  }

  set openSession(openSession: OpenPlayerSession) {
    this.#openSession = openSession;
  }

  /** What the player is doing. `describePlayerState` puts it into words. */
  get state(): PlayerState {
    return this.#state;
  }

  /** The video element, to read frames and sizes from. Its source and its sound are the player's. */
  get video(): HTMLVideoElement {
    return this.#view.video;
  }

  /** Whether the browser refused sound without a gesture: the picture runs muted, and a "Sound on" button is shown. */
  get isSoundBlocked(): boolean {
    return this.#picture.isSoundBlocked;
  }

  /**
   * Watches, and goes on wanting to until `hangup`. Quiet while that is under way; after an end or a failure it begins
   * anew. Call it inside a click or a key press, and the browser lets the sound play too.
   */
  watch(): void {
    if (this.#viewing !== undefined && this.#state.kind !== "ended" && this.#state.kind !== "failed") {
      return;
    }
    this.#drop();
    this.#sampler.asked();
    try {
      this.#begin(this.#client ?? this.#makeClient());
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

  /** How it is doing. Rates are over the time since the last sample, at least 0.4 s. */
  stats(): Promise<PlayerStats> {
    return this.#sampler.stats();
  }

  /** Listens to an event of the player's own (see FloePlayerEventMap) or of any element. */
  override addEventListener<Type extends keyof FloePlayerEventMap>(
    type: Type,
    listener: (this: FloePlayer, event: FloePlayerEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener<Type extends keyof HTMLElementEventMap>(
    type: Type,
    listener: (this: HTMLElement, event: HTMLElementEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  connectedCallback(): void {
    for (const name of PROPERTIES) {
      this.#upgradeProperty(name);
    }
    this.#render();
    if (this.autoplay && this.#viewing === undefined) {
      this.watch();
    }
  }

  disconnectedCallback(): void {
    // An element that is only moved is back before this runs.
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.hangup();
      }
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now) {
      return;
    }
    if (name === "muted") {
      this.#picture.muted = this.muted;
      this.#render();
    } else if (name === "controls") {
      this.#render();
    } else if (name === "autoplay") {
      if (this.autoplay && this.isConnected && this.#viewing === undefined) {
        this.watch();
      }
    } else {
      this.#again();
    }
  }

  /** A property that was set before the element was defined hides ours; this hands it over. */
  #upgradeProperty(name: string): void {
    if (Object.hasOwn(this, name)) {
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  /** What to watch has changed: if something is watched, that is over and the new begins. */
  #again(): void {
    if (this.#viewing !== undefined || this.#state.kind === "failed") {
      this.#drop();
      this.watch();
    }
  }

  #makeClient(): PlayerClient {
    const { url, token } = this;
    this.#ownClient = new BrowserSympleClient({
      url: url === "" ? DEFAULT_URL : url,
      token,
      peerType: "player",
      rooms: [ROOM],
    });
    return this.#ownClient;
  }

  #begin(client: PlayerClient): void {
    if (this.#openSession === openWatchSession && typeof RTCPeerConnection === "undefined") {
      throw new FloeError("player/no-webrtc", "This browser cannot receive live video", {
        fix: "Use a current browser with WebRTC switched on.",
      });
    }
    const viewing = new Viewing({
      client,
      wanted: this.peer,
      openSession: (peer) => this.#openSession({ client, peer, iceServers: this.#iceServers }),
    });
    this.#viewing = viewing;
    viewing.changed.on((state) => this.#enter(state));
    viewing.sessionStarted.on((session) => this.#picture.show(session.stream));
    this.#enter(viewing.state);
    viewing.start();
  }

  #drop(): void {
    const viewing = this.#viewing;
    this.#viewing = undefined;
    viewing?.changed.clear();
    viewing?.close();
    this.#ownClient?.close();
    this.#ownClient = undefined;
    this.#picture.clear();
  }

  #enter(state: PlayerState): void {
    if (state.kind === "idle" && this.#state.kind === "idle") {
      return;
    }
    this.#state = state;
    this.#render();
    if (state.kind === "playing") {
      this.#sampler.start();
    } else {
      this.#sampler.stop();
    }
    this.dispatchEvent(new CustomEvent("statechange", { detail: state }));
    if (state.kind === "failed") {
      const { error } = state;
      this.dispatchEvent(new ErrorEvent("error", { error, message: error.toString() }));
    }
  }

  #render(): void {
    const state = this.#state;
    const isInterrupted = state.kind === "playing" && state.isInterrupted;
    const isBusy = state.kind === "connecting" || state.kind === "waiting" || state.kind === "starting";
    this.#view.render({
      ...describePlayerState(state),
      state: isInterrupted ? "interrupted" : state.kind,
      isBusy: isBusy || isInterrupted,
      label: "peer" in state ? `Live video from ${peerName(state.peer)}` : "Live video",
      isWatching: isBusy || state.kind === "playing",
      hasControls: this.controls,
      isMuted: this.muted,
      isSoundBlocked: this.isSoundBlocked,
    });
  }
}

const openWatchSession: OpenPlayerSession = ({ client, peer, iceServers }) =>
  new WatchSession({ signaller: client.signaller(), peer, iceServers });

function asFloeError(error: unknown): FloeError {
  if (error instanceof FloeError) {
    return error;
  }
  const what = error instanceof Error ? error.message : String(error);
  return new FloeError("player/cannot-start", `The player could not start (${what})`, { cause: error });
}
