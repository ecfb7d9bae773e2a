// The small interface between a TURN server and its UDP sockets. Two ways implement it: node:dgram everywhere, recvmmsg and
// sendmmsg where koffi can call them.
import type { Entropy } from "../../core/crypto/entropy.js";
import type { KernelSide } from "../../core/kernel/bind-kernel.js";
import type { TransportAddress } from "../../core/net/transport-address.js";
import type { RelayBatch } from "../../core/turn/relay-batch.js";
import type { SocketCounters } from "./socket-counters.js";

/** Whom a socket faces. Sockets of the two sides are numbered apart. */
export type DatagramSide = "clients" | "peers";

/** What a port is made of. */
export type DatagramPortOptions = KernelSide & {
  readonly entropy: Entropy;
  readonly counters: SocketCounters;
  /** Takes what came in on the sockets of one side. The batch is the port's again when this returns. Must not throw. */
  readonly receive: (side: DatagramSide, batch: RelayBatch) => void;
};

/** What became of `bind`: the port that the socket has, or the system's error. */
export type BindResult = { readonly port: number } | { readonly error: Error };

/** UDP sockets by side and number. Nothing that happens on them throws. */
export interface DatagramPort {
  readonly kind: "koffi" | "dgram";
  /** Sockets of one side. */
  size(side: DatagramSide): number;
  /** Opens a socket; port 0 takes a free one. `done` may be called before this returns, and is not after `close`. */
  bind(side: DatagramSide, number: number, address: TransportAddress, done: (result: BindResult) => void): void;
  /** Sends every record that is ready and has a family. The batch may be used again when this returns. */
  send(batch: RelayBatch, side: DatagramSide): void;
  /** Sends one datagram to a client. */
  sendOne(number: number, to: TransportAddress, bytes: Uint8Array): void;
  /** Closes a socket; quiet when there is none. */
  close(side: DatagramSide, number: number): void;
  /** Closes all and resolves when they are. Nothing is received any more. */
  end(): Promise<void>;
}
