// A viewing: from the wish to watch a peer to its picture, over lost connections, peers that come and go, and calls
// that end. It knows the client and the calls; it knows no page.
import { Signal } from "../../core/signal/signal.js";
import type { RemotePeer } from "../../core/symple/server-frame.js";
import type { Clock } from "../../core/time/clock.js";
import { callFault } from "../../core/webrtc/call-fault.js";
import type { PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import { findPeer } from "../symple/find-peer.js";
import { asFloeError } from "./as-floe-error.js";
import { afterCall } from "./call-end.js";
import { isSourceEnd, type PlayerState, type StartStep } from "./player-state.js";
import { SilenceWatch } from "./silence-watch.js";
import { type SourceFacts, sourceFacts } from "./source-facts.js";
import type { PlayerClient, PlayerSession } from "./viewing-ports.js";

/** What a viewing is made of. */
export type ViewingOptions = {
  readonly client: PlayerClient;
  readonly clock: Clock;
  /** Whom to watch, as `findPeer` understands it; "" for any peer that can be watched. */
  readonly wanted: string;
  /** Makes a call to a peer, not started; now, or when it knows what it needs. */
  readonly openSession: (peer: string) => PlayerSession | Promise<PlayerSession>;
  /** What else a viewer should check when the server cannot be reached; a sentence, or "". */
  readonly unreachableHint?: string;
};

/** Wants one picture from its construction until `close`, and does what it can for it. */
export class Viewing {
  /** A new state; the same as `state`. */
  readonly changed: Signal<PlayerState> = new Signal();
  /** A call has begun: show its stream. The last stream stays on the screen until then. */
  readonly sessionStarted: Signal<PlayerSession> = new Signal();
  /** The source behind the peer's picture is told to be another, or in another state; the same as `source`. */
  readonly sourceChanged: Signal<SourceFacts | undefined> = new Signal();
  readonly #client: PlayerClient;
  readonly #wanted: string;
  readonly #openSession: ViewingOptions["openSession"];
  readonly #unreachableHint: string;
  readonly #silence: SilenceWatch;
  #state: PlayerState = { kind: "connecting", problem: "" };
  #listening: Disposable[] = [];
  #session: PlayerSession | undefined;
  /** The call that is being made. Another one means that it is wanted no more. */
  #opening: Promise<PlayerSession> | undefined;
  #sessionListening: Disposable | undefined;
  #peer = "";
  #source: SourceFacts | undefined;
  #hasPicture = false;
  #isClosed = false;

  constructor({ client, clock, wanted, openSession, unreachableHint = "" }: ViewingOptions) {
    this.#silence = new SilenceWatch({
      clock,
      isExcused: () => this.#source !== undefined && this.#source.state !== "open",
      silent: () => {
        this.#dropSession();
        const reason = { code: "media-silent", by: "local", detail: "" } as const;
        this.#enter({ kind: "failed", error: callFault(reason) });
      },
    });
    this.#unreachableHint = unreachableHint;
    this.#client = client;
    this.#wanted = wanted;
    this.#openSession = openSession;
  }

  get state(): PlayerState {
    return this.#state;
  }

  /** The source behind the peer that is (or was last) called; undefined when the peer tells nothing of it. */
  get source(): SourceFacts | undefined {
    return this.#source;
  }

  /** The call that is under way, if any. */
  get session(): PlayerSession | undefined {
    return this.#session;
  }

  /** Begins. Call it once, after listening. */
  start(): void {
    const client = this.#client;
    this.#listening = [
      client.changed.on(() => this.#clientChanged()),
      client.roster.peerAdded.on(() => this.#peerCame()),
      client.roster.peerChanged.on((peer) => this.#peerChanged(peer)),
      client.roster.peerRemoved.on((peer) => this.#peerLeft(peer)),
    ];
    const hurry = client.hurry?.();
    if (hurry !== undefined) {
      this.#listening.push(hurry);
    }
    client.open();
    this.#clientChanged();
  }

  /** The first picture (or sound) of the current session is there. */
  pictureShown(): void {
    if (this.#session !== undefined) {
      this.#hasPicture = true;
      this.#silence.end();
      this.#sessionChanged(this.#session.state);
    }
  }

  /** Ends the call that is under way, if any, and makes it again; its last picture stays on the screen until then. */
  callAgain(): void {
    if (this.#session !== undefined) {
      this.#dropSession();
      this.#seek();
    }
  }

  /** Hangs up and listens to nothing any more. The client stays as it is. */
  close(): void {
    this.#isClosed = true;
    for (const listening of this.#listening) {
      listening[Symbol.dispose]();
    }
    this.#listening = [];
    this.#dropSession();
  }

  #clientChanged(): void {
    const { state } = this.#client;
    switch (state.kind) {
      case "online":
        // A server knows a call by the caller's session: what was before this welcome is over there.
        this.#dropSession();
        this.#seek();
        break;
      case "error":
        this.#dropSession();
        if (state.retryAtUs === undefined) {
          this.#enter({ kind: "failed", error: state.error });
        } else {
          const hint = state.error.code === "symple/unreachable" ? this.#unreachableHint : "";
          this.#enter({ kind: "connecting", problem: `${state.error.message}. ${state.error.fix} ${hint}`.trim() });
        }
        break;
      case "closed":
        this.#dropSession();
        this.#enter({ kind: "connecting", problem: "" });
        break;
      default:
        this.#dropSession();
        // Between two attempts the reason of the last failure stays readable.
        if (this.#state.kind !== "connecting") {
          this.#enter({ kind: "connecting", problem: "" });
        }
    }
  }

  /** Somebody came or changed: worth a call unless one is under way. */
  #peerCame(): void {
    if (this.#session === undefined && this.#state.kind === "waiting") {
      this.#seek();
    }
  }

  #peerChanged(peer: RemotePeer): void {
    const before = this.#source?.state;
    if (peer.address === this.#peer) {
      this.#readSource(peer);
    }
    const isBack = before !== "open" && this.#source?.state === "open";
    if (isBack && isForSource(this.#state)) {
      this.#seek();
    } else {
      this.#peerCame();
    }
  }

  #readSource(peer: RemotePeer): void {
    const source = sourceFacts(peer.data);
    if (JSON.stringify(source) !== JSON.stringify(this.#source)) {
      this.#source = source;
      this.sourceChanged.emit(source);
    }
  }

  #peerLeft(peer: RemotePeer): void {
    const isCalled = this.#session !== undefined || this.#opening !== undefined;
    if (peer.address === this.#peer && (isCalled || this.#state.kind === "ended")) {
      this.#dropSession();
      this.#seek();
    }
  }

  #seek(): void {
    if (this.#client.state.kind !== "online") {
      return;
    }
    const peer = findPeer(this.#client.roster.peers, this.#wanted);
    if (peer === undefined) {
      this.#peer = "";
      this.#enter({ kind: "waiting", wanted: this.#wanted });
    } else {
      this.#call(peer);
    }
  }

  #call(wanted: RemotePeer): void {
    const peer = wanted.address;
    this.#peer = peer;
    this.#readSource(wanted);
    const opening = this.#openSession(peer);
    if (!(opening instanceof Promise)) {
      this.#begin(opening);
      return;
    }
    this.#opening = opening;
    this.#enter({ kind: "starting", peer, step: "answer" });
    opening.then(
      (session) => {
        if (this.#opening === opening) {
          this.#opening = undefined;
          this.#begin(session);
        } else {
          session.close();
        }
      },
      (error: unknown) => {
        if (this.#opening === opening) {
          this.#opening = undefined;
          this.#enter({ kind: "failed", error: asFloeError(error) });
        }
      },
    );
  }

  #begin(session: PlayerSession): void {
    this.#session = session;
    this.#hasPicture = false;
    this.#sessionListening = session.changed.on((state) => this.#sessionChanged(state));
    this.#enter({ kind: "starting", peer: this.#peer, step: "answer" });
    this.sessionStarted.emit(session);
    session.start();
  }

  #sessionChanged(state: PeerSessionState): void {
    switch (state.kind) {
      case "idle":
      case "outgoing-init":
      case "incoming-init":
        this.#starting("answer");
        break;
      case "negotiating":
        this.#starting("path");
        break;
      case "active":
        if (this.#hasPicture) {
          const isInterrupted = state.interruptedUs !== undefined;
          this.#enter({ kind: "playing", peer: this.#peer, isInterrupted });
        } else {
          this.#starting("picture");
          if (this.#session !== undefined) {
            this.#silence.begin(this.#session);
          }
        }
        break;
      case "ending":
      case "ended": {
        const hadPicture = this.#hasPicture;
        this.#dropSession();
        const after = afterCall(state.reason, { hadPicture });
        if (after.kind === "again") {
          this.#seek();
        } else if (after.kind === "wait") {
          this.#enter({ kind: "waiting", wanted: this.#wanted });
        } else {
          this.#enter(after.kind === "ended" ? { ...after, peer: this.#peer } : after);
        }
        break;
      }
      default:
        state satisfies never;
    }
  }

  #starting(step: StartStep): void {
    this.#enter({ kind: "starting", peer: this.#peer, step });
  }

  #dropSession(): void {
    this.#opening = undefined;
    this.#silence.end();
    const session = this.#session;
    this.#session = undefined;
    this.#sessionListening?.[Symbol.dispose]();
    this.#sessionListening = undefined;
    session?.close();
  }

  #enter(state: PlayerState): void {
    if (!this.#isClosed && !isSameState(this.#state, state)) {
      this.#state = state;
      this.changed.emit(state);
    }
  }
}

/** Whether there is nothing because of the source, as it was said or as it looked: its return is worth another call. */
function isForSource(state: PlayerState): boolean {
  return (
    (state.kind === "ended" && isSourceEnd(state.reason)) ||
    (state.kind === "failed" && state.error.code === "call/media-silent")
  );
}

function isSameState(a: PlayerState, b: PlayerState): boolean {
  return a.kind !== "failed" && JSON.stringify(a) === JSON.stringify(b);
}
