// What a TURN server counts.

/** Packets that were not relayed, by reason. */
export type RelayDrops = {
  /** No allocation on this 5-tuple, or no relay socket of that number. */
  noAllocation: number;
  /** ChannelData on a number that is not bound. */
  noChannel: number;
  /** No permission for the peer, or it expired. */
  noPermission: number;
  /** Refused by the peer policy. */
  denied: number;
  /** The allocation has no relayed address of the peer's family. */
  family: number;
  /** Over the allocation's bitrate. */
  overRate: number;
  /** Neither STUN nor ChannelData, or broken. */
  malformed: number;
  /** A frame on a stream that is longer than a slot. */
  tooLong: number;
};

/** Counts since the server was made. */
export type TurnServerCounters = {
  readonly drops: RelayDrops;
  /** STUN messages of clients that were read. */
  requests: number;
  /** Messages that were no request for a server, were forged, or were broken. */
  ignored: number;
  /** Error responses, by code. */
  readonly errors: { [code: string]: number };
  /** Replies to strangers that were not sent: too many or too large. */
  limitedReplies: number;
  /** Peers that the policy refused, requests and packets. */
  deniedPeers: number;
  allocationsMade: number;
  allocationsExpired: number;
  /** Streams closed because there were too many, they broke the rules or did nothing. */
  connectionsRefused: number;
};

/** Counters at zero. */
export function newTurnCounters(): TurnServerCounters {
  return {
    drops: {
      noAllocation: 0,
      noChannel: 0,
      noPermission: 0,
      denied: 0,
      family: 0,
      overRate: 0,
      malformed: 0,
      tooLong: 0,
    },
    requests: 0,
    ignored: 0,
    errors: {},
    limitedReplies: 0,
    deniedPeers: 0,
    allocationsMade: 0,
    allocationsExpired: 0,
    connectionsRefused: 0,
  };
}

/** The state of a server in numbers. Plain JSON. */
export type TurnServerReport = {
  readonly allocations: number;
  readonly maxAllocations: number;
  readonly permissions: number;
  readonly channels: number;
  readonly reservations: number;
  readonly peerConnections: number;
  /** Clients' streams. */
  readonly connections: number;
  /** Ranges that were opened although they are refused by default. */
  readonly openRanges: readonly string[];
  readonly packetsToPeers: number;
  /** Payload bytes, as in the other direction. */
  readonly bytesToPeers: number;
  readonly packetsToClients: number;
  readonly bytesToClients: number;
  readonly counters: TurnServerCounters;
};
