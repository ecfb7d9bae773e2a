// Whoever calls the server has one session here, up to a limit: call messages find it, and it is forgotten at its end.
import type { Signal } from "../../../core/signal/signal.js";
import { type SympleSignaller, sympleSignaller } from "../../../core/symple/symple-signaller.js";
import type { Signaller, SignallingMessage } from "../../../core/webrtc/signaller.js";
import type { VirtualPeer } from "../../symple/virtual-peer.js";

/** One peer's session. */
export interface CallSession {
  readonly ended: Signal<string>;
  receive(message: SignallingMessage): void;
  hangup(reason: string): void;
  /** Signalling has lost the peer. */
  peerGone(): void;
}

/** What a table is made of. */
export type SessionTableOptions<Session extends CallSession> = {
  /** The server as peers see it. */
  readonly peer: VirtualPeer;
  /** Beyond so many a call is turned down as busy. */
  readonly maxSessions: number;
  readonly create: (peer: string, signaller: Signaller) => Session;
  /** One was made, before it is told anything. */
  readonly opened: (session: Session, peer: string) => void;
  /** One is over and forgotten. */
  readonly closed: (session: Session, peer: string, reason: string) => void;
};

/** All sessions of a mode, by the address of their peer. */
export class SessionTable<Session extends CallSession> {
  readonly #options: SessionTableOptions<Session>;
  readonly #signaller: SympleSignaller;
  readonly #sessions = new Map<string, Session>();
  readonly #listening: readonly Disposable[];
  #isClosed = false;

  constructor(options: SessionTableOptions<Session>) {
    this.#options = options;
    const { peer } = options;
    this.#signaller = sympleSignaller(peer);
    this.#listening = [
      this.#signaller,
      this.#signaller.received.on((message) => this.#receive(message)),
      peer.peerLeft.on((address) => this.#sessions.get(address)?.peerGone()),
    ];
  }

  /** Those that are held now. */
  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  hangUpAll(reason: string): void {
    for (const session of this.all) {
      session.hangup(reason);
    }
  }

  /** Hangs up on all, and takes no more calls. */
  close(reason: string): void {
    this.#isClosed = true;
    this.hangUpAll(reason);
    for (const listening of this.#listening) {
      listening[Symbol.dispose]();
    }
  }

  #receive(message: SignallingMessage): void {
    const { peer, kind } = message;
    let session = this.#sessions.get(peer);
    if (session === undefined) {
      if (this.#isClosed || kind !== "control" || message.control !== "init") {
        return; // Late words of a call that is over.
      }
      if (this.#sessions.size >= this.#options.maxSessions) {
        this.#signaller.send({ kind: "control", peer, control: "reject", reason: "busy" });
        return;
      }
      session = this.#add(peer);
    }
    session.receive(message);
  }

  #add(peer: string): Session {
    const session = this.#options.create(peer, this.#signaller);
    this.#sessions.set(peer, session);
    session.ended.on((reason) => {
      this.#sessions.delete(peer);
      this.#options.closed(session, peer, reason);
    });
    this.#options.opened(session, peer);
    return session;
  }
}
