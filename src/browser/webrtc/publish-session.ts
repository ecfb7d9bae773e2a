// PublishSession: sending a page's picture and sound to a peer. The caller's half of one call over an RTCPeerConnection; the
// call itself is core's PeerSession.
import { FloeError } from "../../core/error/floe-error.js";
import { Signal } from "../../core/signal/signal.js";
import { describeState, type EndReason, type PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import { CallerCall, type CallOptions } from "./caller-call.js";
import { PublishMedia, type PublishMediaOptions } from "./publish-media.js";
import { type PublishStats, PublishStatsReader } from "./publish-stats.js";

/** How long a broken path may take to come back: a recording survives a change of network. */
const GRACE_MS = 10_000;

/** What to publish, to whom, and how. `disconnectedGraceMs` is 10000 here. */
export type PublishSessionOptions = CallOptions &
  PublishMediaOptions & {
    /** At most one picture and one sound, at least one of them. Stays the caller's: nothing here stops its tracks. */
    readonly stream: MediaStream;
  };

/**
 * Sends one picture and one sound to one peer. To mute, set `track.enabled = false`: silence or black is sent until it is
 * true again, and nothing is negotiated anew.
 */
export class PublishSession {
  /** The peer's address, `user|id`. */
  readonly peer: string;
  /** A new state; the same as `state`. */
  readonly stateChanged: Signal<PeerSessionState> = new Signal();
  /** A track has ended by itself: a camera was unplugged, a screen is shared no more. The call goes on; `replaceTrack` helps. */
  readonly trackEnded: Signal<MediaStreamTrack> = new Signal();
  /** Why the call has ended, once it has; `describeEnd` makes a sentence of it. Never rejects. */
  readonly ended: Promise<EndReason>;
  readonly #call: CallerCall<PublishMedia>;
  readonly #tracks = new Map<string, MediaStreamTrack>();
  readonly #options: PublishSessionOptions;
  #statsReader: PublishStatsReader | undefined;
  #end: (reason: EndReason) => void = () => {};

  /** Calls nobody yet: `start` does. Throws `publish/no-tracks`, `publish/too-many-tracks` and `publish/track-ended`. */
  constructor(options: PublishSessionOptions) {
    this.peer = options.peer;
    this.#options = options;
    for (const track of checkedTracks(options.stream)) {
      this.#take(track);
    }
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#call = new CallerCall({ disconnectedGraceMs: GRACE_MS, ...options }, (peer) => this.#openMedia(peer));
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

  /** What is sent: one of a kind, the picture before the sound. */
  get tracks(): readonly MediaStreamTrack[] {
    return [...this.#tracks.values()];
  }

  /** Calls the peer. Once: quiet when the call goes on or has ended. */
  start(): void {
    if (this.state.kind === "idle") {
      this.#call.start();
    }
  }

  /** Ends the call; nothing happens when it has ended. `reason` is told to the peer. */
  hangup(reason = "hangup"): void {
    this.#call.hangup(reason);
  }

  /** Tells the call that its peer went offline. Nothing happens when it has ended. */
  peerGone(): void {
    this.#call.peerGone();
  }

  /** How the call is doing; rates are since the last time this was asked. Empty when there is no connection. */
  async stats(): Promise<PublishStats> {
    const reader = this.#statsReader;
    const report = await this.#call.stats();
    if (reader === undefined || report === undefined) {
      return new PublishStatsReader(0).read(new Map(), 0);
    }
    return reader.read(report, performance.now());
  }

  /**
   * Sends `track` from now on instead of the one of its kind: another camera, another microphone. Nothing is negotiated anew,
   * so a kind that was not there from the start cannot be added: rejects with `publish/no-such-kind`. The track that was sent
   * stays the caller's, to be stopped or used again.
   */
  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    if (!this.#tracks.has(track.kind)) {
      throw new FloeError("publish/no-such-kind", `The call was begun without ${nounOf(track.kind)}`, {
        fix: `Publish again with a stream that has ${nounOf(track.kind)}.`,
      });
    }
    checkLive(track);
    const old = this.#tracks.get(track.kind);
    this.#take(track);
    try {
      await this.#call.media?.replace(track);
    } catch (error) {
      if (old !== undefined && this.#tracks.get(track.kind) === track) {
        this.#take(old);
      }
      throw new FloeError("publish/cannot-replace", `The browser does not send the other track: ${String(error)}`, {
        cause: error,
        fix: "Choose another device, or publish again.",
      });
    }
  }

  /** Hangs up, and is over for good. */
  close(): void {
    this.#call.close();
    this.#forgetTracks();
    this.#end({ code: "hangup", by: "local", detail: "" });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openMedia(peer: RTCPeerConnection): PublishMedia {
    this.#statsReader = new PublishStatsReader(performance.now());
    return new PublishMedia(peer, this.tracks, this.#options);
  }

  #stateChanged(state: PeerSessionState): void {
    if (state.kind === "ended") {
      this.#forgetTracks();
      this.#end(state.reason);
    }
    this.stateChanged.emit(state);
  }

  /** A track is the one of its kind now. */
  #take(track: MediaStreamTrack): void {
    this.#tracks.get(track.kind)?.removeEventListener("ended", this.#trackEnded);
    this.#tracks.set(track.kind, track);
    track.addEventListener("ended", this.#trackEnded);
    const { contentHint = "" } = this.#options;
    if (track.kind === "video" && track.contentHint === "" && contentHint !== "") {
      track.contentHint = contentHint;
    }
  }

  #forgetTracks(): void {
    for (const track of this.#tracks.values()) {
      track.removeEventListener("ended", this.#trackEnded);
    }
  }

  readonly #trackEnded = ({ target }: Event): void => {
    if (target instanceof MediaStreamTrack) {
      this.trackEnded.emit(target);
    }
  };
}

function checkedTracks(stream: MediaStream): readonly MediaStreamTrack[] {
  const tracks = [...stream.getVideoTracks(), ...stream.getAudioTracks()];
  if (tracks.length === 0) {
    throw new FloeError("publish/no-tracks", "The stream has neither picture nor sound", {
      fix: "Publish a stream with a camera, a screen, a canvas or a microphone in it.",
    });
  }
  for (const kind of ["video", "audio"]) {
    if (tracks.filter((track) => track.kind === kind).length > 1) {
      throw new FloeError("publish/too-many-tracks", `The stream has more than one track of ${kind}`, {
        fix: "Publish a MediaStream with one of them, or each in a call of its own.",
      });
    }
  }
  tracks.forEach(checkLive);
  return tracks;
}

function checkLive(track: MediaStreamTrack): void {
  if (track.readyState === "ended") {
    throw new FloeError("publish/track-ended", `The track "${track.label}" has ended already`, {
      fix: "Open the device again, and publish its new track.",
    });
  }
}

function nounOf(kind: string): string {
  return kind === "video" ? "a picture" : "sound";
}
