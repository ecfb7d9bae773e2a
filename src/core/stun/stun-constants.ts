// Numbers of STUN and TURN: RFC 8489 (STUN), 8656 (TURN), 6062 (TURN over TCP), 8445 (ICE). Attributes below 0x8000 must be
// understood by who gets them.

/** Bytes of a STUN header. */
export const STUN_HEADER_BYTES = 20;
/** Bytes of an attribute's type and length. */
export const ATTRIBUTE_HEADER_BYTES = 4;
/** The fixed value behind a message's type and length. */
export const MAGIC_COOKIE = 0x2112a442;
/** Bytes of a transaction identifier. */
export const TRANSACTION_ID_BYTES = 12;
/** What FINGERPRINT's CRC-32 is XORed with. */
export const FINGERPRINT_XOR = 0x5354554e;

/** The four classes of a message. */
export const StunClass = { request: 0, indication: 1, success: 2, error: 3 } as const;
/** One of {@link StunClass}. */
export type StunClass = (typeof StunClass)[keyof typeof StunClass];

/** Methods. */
export const StunMethod = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  connect: 0x00a,
  connectionBind: 0x00b,
  connectionAttempt: 0x00c,
} as const;

/** Attribute types. */
export const StunAttribute = {
  mappedAddress: 0x0001,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  messageIntegritySha256: 0x001c,
  passwordAlgorithm: 0x001d,
  userhash: 0x001e,
  xorMappedAddress: 0x0020,
  reservationToken: 0x0022,
  priority: 0x0024,
  useCandidate: 0x0025,
  connectionId: 0x002a,
  additionalAddressFamily: 0x8000,
  addressErrorCode: 0x8001,
  passwordAlgorithms: 0x8002,
  alternateDomain: 0x8003,
  icmp: 0x8004,
  software: 0x8022,
  alternateServer: 0x8023,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  /** Of RFC 3489 and 5780, kept so that old peers' messages have names. */
  responseAddress: 0x0002,
  changeRequest: 0x0003,
  sourceAddress: 0x0004,
  changedAddress: 0x0005,
  password: 0x0007,
  reflectedFrom: 0x000b,
  /** ADDITIONAL-ADDRESS-FAMILY before RFC 8656 gave it a number; coturn's clients send it. */
  draftAdditionalAddressFamily: 0x8032,
} as const;

/** What every STUN agent understands of the types that must be understood (RFC 8489 18.3). */
export const STUN_BASICS: ReadonlySet<number> = new Set([
  StunAttribute.mappedAddress,
  StunAttribute.username,
  StunAttribute.messageIntegrity,
  StunAttribute.errorCode,
  StunAttribute.unknownAttributes,
  StunAttribute.realm,
  StunAttribute.nonce,
  StunAttribute.messageIntegritySha256,
  StunAttribute.passwordAlgorithm,
  StunAttribute.userhash,
  StunAttribute.xorMappedAddress,
]);

/** Password algorithms (RFC 8489 18.5). */
export const PasswordAlgorithm = { md5: 1, sha256: 2 } as const;
/** One of {@link PasswordAlgorithm}. */
export type PasswordAlgorithm = (typeof PasswordAlgorithm)[keyof typeof PasswordAlgorithm];

/** Channel numbers that may be bound (RFC 8656 12). */
export const MIN_CHANNEL = 0x4000;
/** The highest channel number that a client of today takes. */
export const MAX_CHANNEL = 0x4fff;
/** The highest that clients of RFC 5766 take. Servers bind these too: most clients in the field draw from the whole range. */
export const MAX_OLD_CHANNEL = 0x7ffe;
/** Bytes of a ChannelData header. */
export const CHANNEL_HEADER_BYTES = 4;

/** Error codes with the reason that goes with each. */
export const STUN_REASONS: Readonly<Record<number, string>> = {
  300: "Try Alternate",
  400: "Bad Request",
  401: "Unauthenticated",
  403: "Forbidden",
  420: "Unknown Attribute",
  437: "Allocation Mismatch",
  438: "Stale Nonce",
  440: "Address Family not Supported",
  441: "Wrong Credentials",
  442: "Unsupported Transport Protocol",
  443: "Peer Address Family Mismatch",
  446: "Connection Already Exists",
  447: "Connection Timeout or Failure",
  486: "Allocation Quota Reached",
  487: "Role Conflict",
  500: "Server Error",
  508: "Insufficient Capacity",
};
