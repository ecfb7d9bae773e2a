// WatchSession: watching a peer in a page. The caller's half of a call over an RTCPeerConnection; the call itself is
// core's PeerSession. May be started again after each end.
import { Signal } from "../../core/signal/signal.js";
import { describeState, type PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import { CallerCall, type CallOptions } from "./caller-call.js";
import { WatchMedia } from "./watch-media.js";
import { type WatchStats, WatchStatsReader } from "./watch-stats.js";

/** Whom to watch, and how. */
export type WatchSessionOptions = CallOptions & {
  /** "live" (default) shows each frame as soon as it can be; "sync" lets the browser buffer and keep lips in sync. */
  readonly playout?: "live" | "sync";
};

/** Receives one peer's picture and sound. */
export class WatchSession {
  /** The peer's address, `user|id`. */
  readonly peer: string;
  /** What is received: the same object for every call, empty between them. */
  readonly stream: MediaStream = new MediaStream();
  /** A new state; the same as `state`. */
  readonly changed: Signal<PeerSessionState> = new Signal();
  /** A message on the data channel "control"; bytes are the listener's to keep. */
  readonly controlReceived: Signal<string | Uint8Array> = new Signal();
  readonly #call: CallerCall<WatchMedia>;
  #statsReader: WatchStatsReader | undefined;
  #playout: "live" | "sync";

  constructor(options: WatchSessionOptions) {
    this.peer = options.peer;
    this.#playout = options.playout ?? "live";
    this.#call = new CallerCall(options, (peer) => this.#openMedia(peer));
    this.#call.changed.on((state) => this.#stateChanged(state));
  }

  /** Where the call stands. */
  get state(): PeerSessionState {
    return this.#call.state;
  }

  /** Where the call stands, as a sentence for people. */
  get words(): string {
    return describeState(this.state);
  }

  /**
   * "live" or "sync", as in the options. A change during a call sets how long the browser buffers; whether pictures may
   * wait for their sound is agreed with the peer when a call begins, and changes with the next one.
   */
  get playout(): "live" | "sync" {
    return this.#playout;
  }

  set playout(playout: "live" | "sync") {
    this.#playout = playout;
    this.#call.media?.setPlayout(playout);
  }

  /** Calls the peer, unless a call goes on. Quiet after `close`. */
  start(): void {
    this.#call.start();
  }

  /** Ends the call; nothing happens when none goes on. `reason` is told to the peer. */
  hangup(reason = "hangup"): void {
    this.#call.hangup(reason);
  }

  /** Tells the call that its peer went offline. Nothing happens when no call goes on. */
  peerGone(): void {
    this.#call.peerGone();
  }

  /** How the call is doing; rates are since the last time this was asked. Empty when there is no connection. */
  async stats(): Promise<WatchStats> {
    const reader = this.#statsReader;
    const report = await this.#call.stats();
    if (reader === undefined || report === undefined) {
      return new WatchStatsReader(0).read(new Map(), 0);
    }
    return reader.read(report, performance.now());
  }

  /** Sends on the data channel "control". False while it is not open. */
  sendControl(message: string | Uint8Array<ArrayBuffer>): boolean {
    return this.#call.media?.send(message) ?? false;
  }

  /** Hangs up, and is over for good. */
  close(): void {
    this.#call.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openMedia(peer: RTCPeerConnection): WatchMedia {
    this.#statsReader = new WatchStatsReader(performance.now());
    return new WatchMedia(peer, {
      playout: this.#playout,
      trackReceived: (track) => this.stream.addTrack(track),
      controlReceived: (message) => this.controlReceived.emit(message),
    });
  }

  #stateChanged(state: PeerSessionState): void {
    if (state.kind === "ending" || state.kind === "ended") {
      for (const track of this.stream.getTracks()) {
        this.stream.removeTrack(track);
      }
    }
    this.changed.emit(state);
  }
}
