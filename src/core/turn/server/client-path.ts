// Where a client of a TURN server is.
import type { TransportAddress } from "../../net/transport-address.js";

/** Where a client is: an address behind a listening datagram socket, or a stream. Half of its 5-tuple; the socket is the other. */
export type ClientPath = {
  /** A listening socket's number, or a stream's. */
  readonly socket: number;
  readonly isStream: boolean;
  /** The client's address, of a stream too. */
  readonly remote: TransportAddress;
};
