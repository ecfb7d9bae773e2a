// A call that this page makes, over and over if it likes: core's PeerSession on a signaller and an RTCPeerConnection. What
// watching and publishing have in common; which media travel is theirs.
import { MachineDriver } from "../../core/net/machine-driver.js";
import { Signal } from "../../core/signal/signal.js";
import type { Clock } from "../../core/time/clock.js";
import { PeerSession } from "../../core/webrtc/peer-session.js";
import type { PeerSessionInput, PeerSessionOptions, PeerSessionOutput } from "../../core/webrtc/peer-session-io.js";
import type { PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import type { Signaller } from "../../core/webrtc/signaller.js";
import { BrowserClock } from "../time/browser-clock.js";
import { CallConnection, type CallMedia } from "./call-connection.js";

/** Whom to call, and over what. */
export type CallOptions = PeerSessionOptions & {
  /** Carries the call's messages; stays the caller's. */
  readonly signaller: Signaller;
  /** The peer's address, `user|id`. */
  readonly peer: string;
  /** STUN and TURN servers; none when left out. */
  readonly iceServers?: readonly RTCIceServer[];
  readonly clock?: Clock;
};

/** One call after another with one peer. */
export class CallerCall<Media extends CallMedia> {
  /** A new state; the same as `state`. */
  readonly changed: Signal<PeerSessionState> = new Signal();
  readonly #options: CallOptions;
  readonly #openMedia: (peer: RTCPeerConnection) => Media;
  readonly #driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
  /** What was told last; the machine may be a step ahead while it is being drained. */
  #state: PeerSessionState = { kind: "idle" };
  #connection: CallConnection<Media> | undefined;
  #listening: Disposable | undefined;
  #isClosed = false;

  /** `openMedia` is asked for each connection. */
  constructor(options: CallOptions, openMedia: (peer: RTCPeerConnection) => Media) {
    this.#options = options;
    this.#openMedia = openMedia;
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

  /** The media of the connection that is there; undefined when none is. */
  get media(): Media | undefined {
    return this.#connection?.media;
  }

  /** Calls the peer, unless a call goes on. Quiet after `close`. */
  start(): void {
    const { kind } = this.#state;
    if (this.#isClosed || (kind !== "idle" && kind !== "ended")) {
      return;
    }
    const { signaller, peer } = this.#options;
    this.#listening = signaller.received.on((message) => {
      // A page may hold many calls over one signaller; each hears its own peer only.
      if (message.peer === peer) {
        this.#driver.handle({ kind: "message", message });
      }
    });
    this.#driver.handle({ kind: "call", peer });
  }

  /** Ends the call; nothing happens when none goes on. `reason` is told to the peer. */
  hangup(reason: string): void {
    this.#driver.handle({ kind: "hangup", reason });
  }

  /** Tells the call that its peer went offline. Nothing happens when no call goes on. */
  peerGone(): void {
    this.#driver.handle({ kind: "peer-gone", peer: this.#options.peer });
  }

  /** The browser's statistics; undefined when there is no connection. */
  async stats(): Promise<RTCStatsReport | undefined> {
    return await this.#connection?.stats();
  }

  /** Hangs up, and is over for good. */
  close(): void {
    this.hangup("hangup");
    this.#isClosed = true;
    this.#driver.close();
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
      this.#connection = new CallConnection({ connection, iceServers, report, openMedia: this.#openMedia });
    } catch (error) {
      const detail = `the browser made no connection (${error instanceof Error ? error.message : String(error)})`;
      report({ kind: "negotiation-failed", connection, detail });
      report({ kind: "connection-state", connection, state: "closed" });
      return;
    }
    void this.#connection.offer();
  }

  #stateChanged(state: PeerSessionState): void {
    this.#state = state;
    if (state.kind === "ending" || state.kind === "ended") {
      this.#listening?.[Symbol.dispose]();
      this.#listening = undefined;
    }
    if (state.kind === "ended") {
      this.#connection?.close();
      this.#connection = undefined;
    }
    this.changed.emit(state);
  }
}
