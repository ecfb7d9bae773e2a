// What the sockets of a TURN server count, beside what the machine does.

/** Counts since the start. */
export type SocketCounters = {
  /** Datagrams that were dropped because the system's buffer was full (EAGAIN, ENOBUFS). */
  sendBufferFull: number;
  /** Datagrams that could not be sent for another reason: no route, too long, forbidden. */
  sendFailed: number;
  /** Runs of packets that the system did not cut; they were sent one by one. */
  segmentsRefused: number;
  /** Datagrams that were longer than a slot. */
  tooLong: number;
  /** Faults of a socket while receiving. */
  receiveFailed: number;
  /** Relayed packets that were dropped because a client did not read its stream. */
  slowClientDrops: number;
  /** Streams that were cut because their client read nothing at all. */
  slowClientsCut: number;
  /** TLS handshakes that failed. */
  tlsFailed: number;
  /** Streams refused before they were the machine's: too many from one address while TLS was negotiated. */
  handshakesRefused: number;
  /** Relay sockets that could not be opened. */
  relaysFailed: number;
};

/** Counters at zero. */
export function newSocketCounters(): SocketCounters {
  return {
    sendBufferFull: 0,
    sendFailed: 0,
    segmentsRefused: 0,
    tooLong: 0,
    receiveFailed: 0,
    slowClientDrops: 0,
    slowClientsCut: 0,
    tlsFailed: 0,
    handshakesRefused: 0,
    relaysFailed: 0,
  };
}
