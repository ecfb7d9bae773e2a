// WatchSession: watching a peer in a page. The caller's half of a call over an RTCPeerConnection; the call itself is
// core's PeerSession. May be started again after each end.
import { MachineDriver } from "../../core/net/machine-driver.js";
import { Signal } from "../../core/signal/signal.js";
import type { Clock } from "../../core/time/clock.js";
import { PeerSession } from "../../core/webrtc/peer-session.js";
import type { PeerSessionInput, PeerSessionOptions, PeerSessionOutput } from "../../core/webrtc/peer-session-io.js";
import { describeState, type PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import type { Signaller } from "../../core/webrtc/signaller.js";
import { BrowserClock } from "../time/browser-clock.js";
import { WatchConnection } from "./watch-connection.js";
import { type WatchStats, WatchStatsReader } from "./watch-stats.js";

/** Whom to watch, and how. */
export type WatchSessionOptions = PeerSessionOptions & {
  /** Carries the call's messages; stays the caller's. */
  readonly signaller: Signaller;
  /** The peer's address, `user|id`. */
  readonly peer: string;
  /** STUN and TURN servers; none when left out. */
  readonly iceServers?: readonly RTCIceServer[];
  /** "live" (default) shows each frame as soon as it can be; "sync" lets the browser buffer and keep lips in sync. */
  readonly playout?: "live" | "sync";
  readonly clock?: Clock;
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
  readonly #options: WatchSessionOptions;
  readonly #driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
  /** What was told last; the machine may be a step ahead while it is being drained. */
  #state: PeerSessionState = { kind: "idle" };
  #connection: WatchConnection | undefined;
  #statsReader: WatchStatsReader | undefined;
  #playout: "live" | "sync";
  #listening: Disposable | undefined;
  #isClosed = false;

  constructor(options: WatchSessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    this.#playout = options.playout ?? "live";
    this.#driver = new MachineDriver(
      new PeerSession({ ...options, iceUrls: (options.iceServers ?? []).flatMap(({ urls }) => urls) }),
      options.clock ?? new BrowserClock(),
      (output) => this.#perform(output),
    );
  }

  /** Where the call stands. */
  get state(): PeerSessionState {
    return this.#state;
  }

  /** Where the call stands, as a sentence for people. */
  get words(): string {
    return describeState(this.#state);
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
    this.#connection?.setPlayout(playout);
  }

  /** Calls the peer, unless a call goes on. Quiet after `close`. */
  start(): void {
    const { kind } = this.#state;
    if (this.#isClosed || (kind !== "idle" && kind !== "ended")) {
      return;
    }
    this.#listening = this.#options.signaller.received.on((message) => {
      // A page may hold many calls over one signaller; each hears its own peer only.
      if (message.peer === this.peer) {
        this.#driver.handle({ kind: "message", message });
      }
    });
    this.#driver.handle({ kind: "call", peer: this.peer });
  }

  /** Ends the call; nothing happens when none goes on. `reason` is told to the peer. */
  hangup(reason = "hangup"): void {
    this.#driver.handle({ kind: "hangup", reason });
  }

  /** Tells the call that its peer went offline. Nothing happens when no call goes on. */
  peerGone(): void {
    this.#driver.handle({ kind: "peer-gone", peer: this.peer });
  }

  /** How the call is doing; rates are since the last time this was asked. Empty when there is no connection. */
  async stats(): Promise<WatchStats> {
    const connection = this.#connection;
    const reader = this.#statsReader;
    if (connection === undefined || reader === undefined) {
      return new WatchStatsReader(0).read(new Map(), 0);
    }
    const report = await connection.stats();
    return reader.read(report, performance.now());
  }

  /** Sends on the data channel "control". False while it is not open. */
  sendControl(message: string | Uint8Array<ArrayBuffer>): boolean {
    return this.#connection?.send(message) ?? false;
  }

  /** Hangs up, and is over for good. */
  close(): void {
    this.hangup();
    this.#isClosed = true;
    this.#driver.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #perform(output: PeerSessionOutput): void {
    switch (output.kind) {
      case "send":
        this.#options.signaller.send(output.message);
        break;
      case "changed":
        this.#stateChanged(output.state);
        break;
      case "open-transport":
        this.#open(output.connection);
        break;
      case "set-remote-description":
        void this.#connection?.answer(output.sdp);
        break;
      case "add-remote-candidate":
        void this.#connection?.addRemoteCandidate(output.candidate);
        break;
      case "close-transport":
        this.#connection?.close();
        break;
      default:
        output satisfies never;
    }
  }

  #open(connection: number): void {
    const { iceServers = [] } = this.#options;
    const report = (input: PeerSessionInput): void => this.#driver.handle(input);
    try {
      this.#connection = new WatchConnection({
        connection,
        iceServers,
        playout: this.#playout,
        report,
        trackReceived: (track) => this.stream.addTrack(track),
        controlReceived: (message) => this.controlReceived.emit(message),
      });
    } catch (error) {
      const detail = `the browser made no connection (${error instanceof Error ? error.message : String(error)})`;
      report({ kind: "negotiation-failed", connection, detail });
      report({ kind: "connection-state", connection, state: "closed" });
      return;
    }
    this.#statsReader = new WatchStatsReader(performance.now());
    void this.#connection.offer();
  }

  #stateChanged(state: PeerSessionState): void {
    this.#state = state;
    if (state.kind === "ending" || state.kind === "ended") {
      this.#clear(state.kind);
    }
    this.changed.emit(state);
  }

  #clear(kind: "ending" | "ended"): void {
    this.#listening?.[Symbol.dispose]();
    this.#listening = undefined;
    for (const track of this.stream.getTracks()) {
      this.stream.removeTrack(track);
    }
    if (kind === "ended") {
      this.#connection?.close();
      this.#connection = undefined;
      this.#statsReader = undefined;
    }
  }
}
