// A link to one STUN or TURN server, by UDP, TCP or TLS behind one face.
import type { FloeError } from "../../core/error/floe-error.js";
import type { TransportAddress } from "../../core/net/transport-address.js";

/** What a link tells. Neither may throw; nothing is told after `close`. */
export type LinkEvents = {
  /** A datagram, or a piece of the stream. The bytes are the receiver's. */
  readonly received: (bytes: Uint8Array) => void;
  /** The link is of no use any more: null when the server closed it, else what happened. Told once. */
  readonly closed: (error: FloeError | null) => void;
};

/** An open link. */
export interface ServerLink {
  /** Ours. */
  readonly local: TransportAddress;
  /** The server's. */
  readonly remote: TransportAddress;
  /** Bytes that were sent and have not left this process. */
  readonly bufferedBytes: number;
  /** Sends a datagram, or a piece of the stream. Does not copy: the bytes must stay. Quiet when the link is closed. */
  send(bytes: Uint8Array): void;
  /** Closes it; what was sent still goes out. Twice is quiet. */
  close(): void;
}
