// The record of one packet in a batch: 20 little-endian words in the arena, shared by JavaScript and kernel turn-frame.

/** Words of a record. */
export const RELAY_RECORD_WORDS = 20;
/** Bytes of a record. */
export const RELAY_RECORD_BYTES: number = 4 * RELAY_RECORD_WORDS;

/** A record's words by name. */
export const RelayWord = {
  address: 0,
  lengthBytes: 1,
  socket: 2,
  kind: 3,
  family: 4,
  port: 5,
  ip: 6,
  channel: 10,
  payloadAddress: 11,
  payloadBytes: 12,
  flags: 13,
  peerFamily: 14,
  peerPort: 15,
  peerIp: 16,
} as const;

/** What a packet is, or has become. */
export const RelayKind = {
  /** Not to be sent; its reason is counted. */
  dropped: 0,
  /** To be sent as the record says. */
  ready: 1,
  /** Of a client: ChannelData. */
  channelData: 2,
  /** Of a client: a Send indication. */
  send: 3,
  /** Of a client: any other STUN message. */
  control: 4,
  /** Of a client: a Send indication that breaks the rules. */
  malformed: 5,
  /** Of a peer: goes out as ChannelData. */
  toChannel: 6,
  /** Of a peer: goes out as a Data indication. */
  toIndication: 7,
} as const;

/** A record's flags: the client asked that the datagram not be fragmented. */
export const DONT_FRAGMENT_FLAG = 1;
