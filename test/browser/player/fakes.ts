// A client and calls that the tests hold in their hands.

import { NO_WATCH_STATS } from "../../../src/browser/player/player-stats.js";
import type { PlayerClient, PlayerSession } from "../../../src/browser/player/viewing-ports.js";
import type { WatchStats } from "../../../src/browser/webrtc/watch-stats.js";
import { Signal } from "../../../src/core/signal/signal.js";
import type { SympleClientState } from "../../../src/core/symple/client-io.js";
import type { RemotePeer } from "../../../src/core/symple/server-frame.js";
import type { EndCode, PeerSessionState } from "../../../src/core/webrtc/peer-session-state.js";
import type { Signaller, SignallingMessage } from "../../../src/core/webrtc/signaller.js";

/** A peer as its presence tells it. */
export function remotePeer(user: string, id: string, data: RemotePeer["data"] = {}): RemotePeer {
  return { id, user, name: user, type: "server", address: `${user}|${id}`, data };
}

export const FLOE = remotePeer("floe", "floe-server", { capabilities: ["view"] });

/** A client whose state and peers the test sets. */
export class FakeClient implements PlayerClient {
  readonly changed = new Signal<SympleClientState>();
  readonly peers: RemotePeer[] = [];
  readonly roster = {
    peers: this.peers,
    peerAdded: new Signal<RemotePeer>(),
    peerChanged: new Signal<RemotePeer>(),
    peerRemoved: new Signal<RemotePeer>(),
  };
  state: SympleClientState = { kind: "closed" };
  closed = 0;
  hurried = 0;

  hurry(): Disposable {
    this.hurried++;
    return { [Symbol.dispose]: () => void this.hurried-- };
  }

  open(): void {
    if (this.state.kind === "closed") {
      this.enter({ kind: "connecting", attempt: 1 });
    }
  }

  close(): void {
    this.closed++;
  }

  signaller(): Signaller {
    return { send: () => {}, received: new Signal<SignallingMessage>() };
  }

  enter(state: SympleClientState): void {
    this.state = state;
    this.changed.emit(state);
  }

  online(): void {
    this.enter({ kind: "online", peer: remotePeer("viewer", "me") });
  }

  add(peer: RemotePeer): void {
    this.peers.push(peer);
    this.roster.peerAdded.emit(peer);
  }

  change(peer: RemotePeer): void {
    const at = this.peers.findIndex(({ id }) => id === peer.id);
    this.peers.splice(at, 1, peer);
    this.roster.peerChanged.emit(peer);
  }

  remove(peer: RemotePeer): void {
    this.peers.splice(this.peers.indexOf(peer), 1);
    this.roster.peerRemoved.emit(peer);
  }
}

/** A call whose states the test sets. */
export class FakeSession implements PlayerSession {
  readonly changed = new Signal<PeerSessionState>();
  readonly peer: string;
  readonly stream: MediaStream;
  state: PeerSessionState = { kind: "idle" };
  look: WatchStats = NO_WATCH_STATS;
  looks = 0;
  started = 0;
  closed = 0;

  constructor(peer: string, stream: MediaStream = {} as MediaStream) {
    this.peer = peer;
    this.stream = stream;
  }

  start(): void {
    this.started++;
    this.enter({ kind: "outgoing-init", peer: this.peer, sinceUs: 0 });
  }

  close(): void {
    this.closed++;
  }

  stats(): Promise<WatchStats> {
    this.looks++;
    return Promise.resolve(this.look);
  }

  negotiate(): void {
    this.enter({ kind: "negotiating", peer: this.peer, role: "caller", sinceUs: 0 });
  }

  connect(): void {
    this.enter({ kind: "active", peer: this.peer, role: "caller", sinceUs: 0 });
  }

  interrupt(): void {
    this.enter({ kind: "active", peer: this.peer, role: "caller", sinceUs: 0, interruptedUs: 1 });
  }

  end(code: EndCode, detail = ""): void {
    this.enter({ kind: "ended", peer: this.peer, reason: { code, by: "remote", detail }, sinceUs: 0 });
  }

  enter(state: PeerSessionState): void {
    this.state = state;
    this.changed.emit(state);
  }
}
