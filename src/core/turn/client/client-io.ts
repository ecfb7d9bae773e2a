// What goes into a TurnClientMachine and what comes out of it.
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";

/** An input. */
export type TurnClientInput =
  /** Allocate. On a stream: when it is connected. */
  | { readonly kind: "start" }
  /** A datagram from the server, or a piece of its stream. Not read after `handle` returns. */
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  /** Let a peer's host in, and keep it in. Wanted before the allocation is there, it is done when it is. */
  | { readonly kind: "permit"; readonly peer: TransportAddress }
  /** Bind a channel to a peer, and keep it bound: 4 bytes of header instead of 36. Lets its host in, too. */
  | { readonly kind: "bind"; readonly peer: TransportAddress }
  /** Send to a peer that was let in; dropped and counted before that. Copied. At most 65 000 bytes. */
  | { readonly kind: "send"; readonly peer: TransportAddress; readonly bytes: Uint8Array }
  /** Reach a peer by TCP (RFC 6062 4.3), on an allocation of `relay: "tcp"`. */
  | { readonly kind: "connect"; readonly peer: TransportAddress }
  /** Give the allocation back; one that is being made is given back as soon as it is there. */
  | { readonly kind: "stop" }
  /** The socket or stream is gone. */
  | { readonly kind: "closed" };

/** Why there is no allocation. */
export type TurnFailure =
  /** No answer. `unsignedCode` is what an answer said that could not be believed, 0 for none: often a misconfigured server. */
  | { readonly kind: "timeout"; readonly unsignedCode: number }
  | { readonly kind: "closed" }
  /** The server did not take the name and password, twice. */
  | { readonly kind: "unauthorized" }
  | {
      readonly kind: "refused";
      readonly code: number;
      readonly reason: string;
      /** With code 300: where to ask instead. */
      readonly alternateServer: TransportAddress | undefined;
    }
  /** The server's answer does not hold what it must. */
  | { readonly kind: "malformed" };

/** An output. */
export type TurnClientOutput =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | {
      readonly kind: "allocated";
      /** One, or one of each family. */
      readonly relayedAddresses: readonly TransportAddress[];
      readonly mappedAddress: TransportAddress;
      readonly lifetimeSeconds: number;
      /** Why the additional family is missing; undefined when it is not. */
      readonly addressError: { readonly family: IpFamily; readonly code: number } | undefined;
    }
  /** A peer's host is let in. Told once. */
  | { readonly kind: "permitted"; readonly peer: TransportAddress }
  /** A channel is bound. Told once. */
  | { readonly kind: "bound"; readonly peer: TransportAddress; readonly channel: number }
  /** The server did not let a peer in, or does not any more, or (508) there is no room or channel number left. Code 0: no answer. */
  | { readonly kind: "peer-refused"; readonly peer: TransportAddress; readonly code: number }
  /** Connect succeeded. Bind a data connection to it within 30 s: see `TurnClientMachine.dataConnection`. */
  | { readonly kind: "peer-connected"; readonly peer: TransportAddress; readonly connectionId: number }
  /** Connect did not. 447: the peer was not reached. */
  | { readonly kind: "connect-refused"; readonly peer: TransportAddress; readonly reason: TurnFailure }
  /** A peer that is let in has connected to the relayed address: the same as `peer-connected`. */
  | { readonly kind: "peer-attempted"; readonly peer: TransportAddress; readonly connectionId: number }
  /** A peer sent this: a view of the bytes received last, or of a copy where they came in pieces. */
  | { readonly kind: "data"; readonly peer: TransportAddress; readonly bytes: Uint8Array }
  /** There is no allocation, or not any more. Nothing follows. */
  | { readonly kind: "failed"; readonly reason: TurnFailure }
  /** It was given back. Nothing follows. */
  | { readonly kind: "released" };
