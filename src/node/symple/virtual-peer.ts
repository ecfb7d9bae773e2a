// A peer inside the server's process: it has an address, sends and receives, and needs no socket.

import { Signal } from "../../core/signal/signal.js";
import type { JsonObject } from "../../core/symple/json.js";
import type { MessagePort, OutgoingMessage, PeerMessage } from "../../core/symple/peer-message.js";
import type { PeerProfile } from "../../core/symple/server-peer.js";

/** How a virtual peer reaches its server. */
export interface VirtualPeerHost {
  send(id: string, message: OutgoingMessage): boolean;
  setData(id: string, data: JsonObject): void;
  remove(id: string): void;
}

/** One virtual peer; made by `SympleSocketServer.addVirtualPeer`. */
export class VirtualPeer implements MessagePort {
  /** Its `user|id`. */
  readonly address: string;
  readonly received: Signal<PeerMessage> = new Signal();
  /** A peer that shares a room came, or changed its presence data. */
  readonly peerSeen: Signal<PeerProfile> = new Signal();
  /** A peer that shared a room went offline, by its `user|id`. */
  readonly peerLeft: Signal<string> = new Signal();
  readonly #id: string;
  readonly #host: VirtualPeerHost;

  constructor(id: string, address: string, host: VirtualPeerHost) {
    this.#id = id;
    this.address = address;
    this.#host = host;
  }

  /** Sends under this peer's address. False once the peer or the server is closed. */
  send(message: OutgoingMessage): boolean {
    return this.#host.send(this.#id, message);
  }

  /** Adds to its presence data, key by key, and tells everybody in its rooms. */
  setData(data: JsonObject): void {
    this.#host.setData(this.#id, data);
  }

  /** Goes offline. Quiet the second time. */
  close(): void {
    this.#host.remove(this.#id);
    this.received.clear();
    this.peerSeen.clear();
    this.peerLeft.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
