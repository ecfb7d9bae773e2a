// What ICE sends and receives datagrams by: a socket of this machine, or a relay.

/** One way to peers, from one local address. */
export interface DatagramWay {
  readonly family: 4 | 6;
  /** Hears every datagram; the bytes are the listener's own. Set by whoever takes the way. */
  received: (bytes: Buffer, host: string, port: number) => void;
  /** Sends before it returns, or drops; never throws. `host` is an IP address of the way's family. */
  send(bytes: Uint8Array, host: string, port: number): void;
  /** A right check came from there: what else comes from there is this way's, where several share a socket. */
  proven(host: string, port: number): void;
  /** Frees it. Twice is quiet. */
  close(): void;
}
