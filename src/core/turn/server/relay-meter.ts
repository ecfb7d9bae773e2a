// Numbers that change with every relayed packet. In a Float64Array, because a large number in an object's field may be boxed anew at
// each write, and the way of a packet must allocate nothing.

/** Places in an allocation's meter. */
export const Meter = {
  /** Payload bytes that may pass now. */
  tokens: 0,
  /** When the tokens were counted last, microseconds. */
  sinceUs: 1,
  bytesFromClient: 2,
  bytesToClient: 3,
} as const;

/** Places in the server's totals. */
export const Total = { packetsToPeers: 0, bytesToPeers: 1, packetsToClients: 2, bytesToClients: 3 } as const;
