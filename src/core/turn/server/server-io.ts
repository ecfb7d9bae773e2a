// What goes into a TurnServerMachine and what comes out of it. Sockets are numbers: listening datagram sockets and clients' streams are
// the caller's (a stream's is never used twice), relay sockets and peer connections are the server's.
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
import type { RelayBatch } from "../relay-batch.js";
import type { CredentialAnswer } from "./credentials.js";

/** An input. */
export type TurnServerInput =
  /** Datagrams that came in on listening sockets. Those to relay go out through the port before `handle` returns. */
  | { readonly kind: "from-clients"; readonly batch: RelayBatch }
  /** Datagrams that came in on relay sockets; the same. */
  | { readonly kind: "from-peers"; readonly batch: RelayBatch }
  /** A client connected (TCP, or TLS when it is done). */
  | { readonly kind: "opened"; readonly connection: number; readonly remote: TransportAddress }
  /** The next bytes of a client's stream. Not read after `handle` returns. */
  | { readonly kind: "segment"; readonly connection: number; readonly bytes: Uint8Array }
  /** A client's stream ended, by itself or by `close-client`: told for every stream once. */
  | { readonly kind: "closed"; readonly connection: number }
  /** `open-relay` succeeded. */
  | { readonly kind: "relay-opened"; readonly relay: number }
  /** `open-relay` failed: the port is taken or there are no sockets left. */
  | { readonly kind: "relay-failed"; readonly relay: number }
  /** The credentials hook's answer to a query that it put off. */
  | { readonly kind: "credentials"; readonly query: number; readonly answer: CredentialAnswer }
  /** `connect-peer` succeeded: the connection is open and is not read until `bridge`. */
  | { readonly kind: "peer-connected"; readonly peerConnection: number }
  /** `connect-peer` failed. */
  | { readonly kind: "peer-failed"; readonly peerConnection: number }
  /** A peer connected to a TCP relay socket; `accepted` is a number of the caller's for the answer. */
  | {
      readonly kind: "peer-accepted";
      readonly relay: number;
      readonly accepted: number;
      readonly from: TransportAddress;
    }
  /** A connection with a peer ended, by itself. */
  | { readonly kind: "peer-closed"; readonly peerConnection: number }
  /** Ends what a user has, by the name that `allocated` told: their credentials were taken back. */
  | { readonly kind: "end-user"; readonly user: string }
  /** Ends all allocations; from then on there are none. */
  | { readonly kind: "shutdown" };

/** An output. */
export type TurnServerOutput =
  /** Send to a client: from listening socket `socket` to `to`, or on stream `socket` where `to` is undefined. */
  | {
      readonly kind: "send";
      readonly socket: number;
      readonly to: TransportAddress | undefined;
      readonly bytes: Uint8Array;
    }
  /** Close a client's stream after what was sent; `closed` follows as always. */
  | { readonly kind: "close-client"; readonly connection: number; readonly reason: string }
  /** Bind a relay socket (UDP), or listen (TCP); answer with `relay-opened` or `relay-failed`. */
  | {
      readonly kind: "open-relay";
      readonly relay: number;
      readonly transport: "udp" | "tcp";
      readonly family: IpFamily;
      readonly port: number;
    }
  /** Close a relay socket, or give up opening it; the server has forgotten it. */
  | { readonly kind: "close-relay"; readonly relay: number }
  /** Open a TCP connection from the relay's own address and port to a peer. */
  | {
      readonly kind: "connect-peer";
      readonly peerConnection: number;
      readonly relay: number;
      readonly to: TransportAddress;
    }
  /** Keep the connection that a peer made, unread until `bridge`, and call it so from now on. */
  | { readonly kind: "keep-peer"; readonly accepted: number; readonly peerConnection: number }
  /** Close the connection that a peer made. */
  | { readonly kind: "refuse-peer"; readonly accepted: number }
  /**
   * Join a client's stream and a peer's connection, both ways, from now on; `early` goes to the peer first. Neither is given to
   * the server any more, but their ends are: `closed` and `peer-closed`. See `TurnServerMachine.admitStream` for the rate.
   */
  | {
      readonly kind: "bridge";
      readonly connection: number;
      readonly peerConnection: number;
      readonly early: Uint8Array;
    }
  /** Close a connection with a peer, or give up opening it; the server has forgotten it. */
  | { readonly kind: "close-peer"; readonly peerConnection: number }
  /** An allocation was made. For logs. */
  | {
      readonly kind: "allocated";
      readonly client: TransportAddress;
      readonly user: string;
      readonly relayedAddresses: readonly TransportAddress[];
    }
  /** An allocation ended. For logs. */
  | {
      readonly kind: "released";
      readonly client: TransportAddress;
      readonly user: string;
      readonly reason: "expired" | "refreshed-to-zero" | "client-closed" | "ended" | "failed" | "shutdown";
      readonly bytesFromClient: number;
      readonly bytesToClient: number;
    }
  /** A peer was refused by the policy. Told for requests only, and counted always. */
  | {
      readonly kind: "peer-denied";
      readonly client: TransportAddress;
      readonly user: string;
      readonly peer: TransportAddress;
    };

/** Where relayed packets go, without waiting in a queue. */
export interface RelayPort {
  /**
   * Sends every record of the batch that is ready: its bytes, from its socket, to its address. Towards peers the socket is a
   * relay's number; towards clients it is a listening socket's, or with family 0 a stream's. The bytes may change as soon as
   * this returns. Must not throw.
   */
  send(batch: RelayBatch, direction: "to-peers" | "to-clients"): void;
}
