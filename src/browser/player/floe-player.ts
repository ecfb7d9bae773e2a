// <floe-player>: a peer's picture and sound in a page, with its states and errors in words. Importing this file defines
// nothing and touches no DOM; define.ts registers the element.
import type { FloeError } from "../../core/error/floe-error.js";
import { asFloeError } from "./as-floe-error.js";
import { canFillScreen, fillsScreen, toggleFullscreen } from "./fullscreen.js";
import { parseIceServers } from "./ice-servers.js";
import { Picture } from "./picture.js";
import type { FloePlayerEventMap } from "./player-events.js";
import { openWatchSession, PlayerRun } from "./player-run.js";
import { PlayerSampler } from "./player-sampler.js";
import { describePlayerState, isSourceLost, type PlayerState, peerName } from "./player-state.js";
import type { PlayerStats } from "./player-stats.js";
import { PlayerView } from "./player-view.js";
import { saveFile, snapshotName, takeSnapshot } from "./snapshot.js";
import type { SourceFacts } from "./source-facts.js";
import type { OpenPlayerSession, PlayerClient } from "./viewing-ports.js";

/** Properties that a page may set before the element is defined. */
const PROPERTIES = [
  ...["url", "peer", "token", "iceServers", "playout", "autoplay", "muted", "controls"],
  ...["volume", "client", "openSession"],
];

/** On a server (no DOM) the class exists and can be imported and extended; only a browser can make one. */
const ElementBase: typeof HTMLElement =
  typeof HTMLElement === "undefined" ? (class {} as unknown as typeof HTMLElement) : HTMLElement;

/**
 * `<floe-player url peer token ice-servers playout autoplay muted controls>`. Attributes and properties of the same name
 * mirror each other; each may change at any time and takes effect at once.
 */
export class FloePlayer extends ElementBase {
  static readonly observedAttributes: readonly string[] = [
    ...["url", "peer", "token", "ice-servers", "playout", "autoplay", "muted", "controls"],
  ];

  readonly #picture: Picture;
  readonly #view: PlayerView;
  readonly #sampler: PlayerSampler;
  readonly #run: PlayerRun;
  #client: PlayerClient | undefined;
  #openSession: OpenPlayerSession = openWatchSession;
  /** What the property was set to; undefined while the attribute speaks. */
  #iceServers: readonly RTCIceServer[] | undefined;

  constructor() {
    super();
    this.#view = new PlayerView(this.attachShadow({ mode: "open" }), {
      setWatching: (isWanted) => (isWanted ? this.watch() : this.hangup()),
      setMuted: (muted) => {
        this.muted = muted;
      },
      setVolume: (volume) => {
        this.volume = volume;
        this.muted = false;
      },
      saveSnapshot: () => this.#attempt(this.saveSnapshot()),
      toggleFullscreen: () => this.#attempt(this.toggleFullscreen()),
    });
    this.#picture = new Picture(this.#view.video);
    this.#run = new PlayerRun(this.#picture, () => ({
      ...{ url: this.url, token: this.token, peer: this.peer, playout: this.playout },
      ...{ client: this.#client, openSession: this.#openSession, iceServers: this.#readIceServers() },
    }));
    this.#sampler = new PlayerSampler({
      video: this.#view.video,
      state: () => this.#run.state.kind,
      session: () => this.#run.session,
    });
    this.#run.asked.on(() => this.#sampler.asked());
    this.#run.changed.on((state) => this.#stateChanged(state));
    this.#run.sourceChanged.on((detail) => {
      this.#render();
      this.dispatchEvent(new CustomEvent("sourcechange", { detail }));
    });
    this.#picture.soundBlockedChanged.on(() => this.#soundChanged());
    this.#picture.started.on(() => this.#sampler.pictureShown());
    this.#sampler.sampled.on((detail) => this.dispatchEvent(new CustomEvent("statssample", { detail })));
    this.addEventListener("fullscreenchange", () => this.#render());
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
    // The attribute may have been as it is now all along (the browser refused sound): then it told nothing.
    if (this.#picture.muted !== muted || this.isSoundBlocked) {
      this.#picture.muted = muted;
    }
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
      this.#run.again();
    }
  }

  /** How loud the sound is, 0..1; 1 until it is set. A few phones leave that to their own buttons. */
  get volume(): number {
    return this.#picture.volume;
  }

  set volume(volume: number) {
    this.#picture.volume = volume;
    this.#soundChanged();
  }

  /** "live" (default) shows each frame as soon as it can be; "sync" lets the browser buffer and keep lips in sync. */
  get playout(): "live" | "sync" {
    return this.getAttribute("playout")?.toLowerCase() === "sync" ? "sync" : "live";
  }

  set playout(playout: "live" | "sync") {
    this.setAttribute("playout", playout);
  }

  /**
   * STUN and TURN servers instead of those that the server offers. The attribute `ice-servers` holds them as JSON, `[]` for
   * none; the property keeps credentials out of the markup and wins. Empty when neither is set, and when the attribute
   * cannot be read: watching then fails and says why.
   */
  get iceServers(): readonly RTCIceServer[] {
    try {
      return this.#readIceServers() ?? [];
    } catch {
      return [];
    }
  }

  set iceServers(iceServers: readonly RTCIceServer[]) {
    this.#iceServers = iceServers;
    this.#run.again();
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
    return this.#run.state;
  }

  /** The video element, to read frames and sizes from. Its source and its sound are the player's. */
  get video(): HTMLVideoElement {
    return this.#view.video;
  }

  /** The source behind the picture (a camera, a file), as the peer tells it; undefined when it does not. */
  get source(): SourceFacts | undefined {
    return this.#run.source;
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
    this.#run.watch();
  }

  /** Hangs up. Quiet when nothing is watched. */
  hangup(): void {
    this.#run.hangup();
  }

  /** How it is doing. Rates are over the time since the last sample, at least 0.4 s. */
  stats(): Promise<PlayerStats> {
    return this.#sampler.stats();
  }

  /** The frame that is shown, as PNG in the picture's own size. Rejects with a FloeError when there is no picture. */
  snapshot(): Promise<Blob> {
    return takeSnapshot(this.#view.video);
  }

  /** Takes a snapshot and has the browser save it; resolves with the file's name, which the event `snapshot` tells too. */
  async saveSnapshot(): Promise<string> {
    const blob = await this.snapshot();
    const name = snapshotName(new Date());
    saveFile(blob, name);
    this.dispatchEvent(new CustomEvent("snapshot", { detail: { blob, name } }));
    return name;
  }

  /** Fills the screen with the picture, or leaves it. Call it inside a click or a key press. */
  toggleFullscreen(): Promise<void> {
    return toggleFullscreen(this, this.#view.video);
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
    if (this.autoplay && !this.#run.isWanted) {
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
      this.#soundChanged();
    } else if (name === "controls") {
      this.#render();
    } else if (name === "playout") {
      this.#run.setPlayout(this.playout);
    } else if (name === "autoplay") {
      if (this.autoplay && this.isConnected && !this.#run.isWanted) {
        this.watch();
      }
    } else {
      if (name === "ice-servers") {
        this.#iceServers = undefined;
      }
      this.#run.again();
    }
  }

  #readIceServers(): readonly RTCIceServer[] | undefined {
    const text = this.getAttribute("ice-servers");
    return this.#iceServers ?? (text === null ? undefined : parseIceServers(text));
  }

  /** A property that was set before the element was defined hides ours; this hands it over. */
  #upgradeProperty(name: string): void {
    if (Object.hasOwn(this, name)) {
      const value: unknown = Reflect.get(this, name);
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  #stateChanged(state: PlayerState): void {
    this.#render();
    if (state.kind === "playing") {
      this.#sampler.start();
    } else {
      this.#sampler.stop();
    }
    this.dispatchEvent(new CustomEvent("statechange", { detail: state }));
    if (state.kind === "failed") {
      this.#tell(state.error);
    }
  }

  #tell(error: FloeError): void {
    this.dispatchEvent(new ErrorEvent("error", { error, message: error.toString() }));
  }

  /** What a button began: nobody else hears how it ends. */
  async #attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#tell(asFloeError(error));
    }
  }

  #soundChanged(): void {
    this.#render();
    this.dispatchEvent(new Event("soundchange"));
  }

  #render(): void {
    const { state, source } = this;
    const isInterrupted = state.kind === "playing" && (state.isInterrupted || isSourceLost(state, source));
    const isBusy = state.kind === "connecting" || state.kind === "waiting" || state.kind === "starting";
    this.#view.render({
      ...describePlayerState(state, source),
      state: isInterrupted ? "interrupted" : state.kind,
      isBusy: isBusy || isInterrupted,
      label: "peer" in state ? `Live video from ${peerName(state.peer)}` : "Live video",
      isWatching: isBusy || state.kind === "playing",
      hasControls: this.controls,
      isMuted: this.muted,
      volume: this.volume,
      isSoundBlocked: this.isSoundBlocked,
      isFullscreen: fillsScreen(this),
      canFullscreen: canFillScreen(this, this.video),
    });
  }
}
