// What SRTP can be protected with, as DTLS agrees on it (RFC 5764 4.1.2, RFC 7714 14.2).

/** One way of protecting packets. */
export type SrtpProfile = {
  readonly name: "AEAD_AES_128_GCM" | "SRTP_AES128_CM_HMAC_SHA1_80";
  /** Its number in DTLS' use_srtp extension. */
  readonly id: number;
  /** Bytes of the master key and of the master salt. */
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** Bytes that protection adds to an RTP packet; to an RTCP packet 4 more. */
  readonly tagBytes: number;
};

/** AES in Galois/Counter mode (RFC 7714): one pass over a packet. */
export const AEAD_AES_128_GCM: SrtpProfile = {
  name: "AEAD_AES_128_GCM",
  id: 7,
  keyBytes: 16,
  saltBytes: 12,
  tagBytes: 16,
};

/** AES in counter mode and an HMAC (RFC 3711 4.1.1, 4.2.1): what every peer can. */
export const AES128_CM_HMAC_SHA1_80: SrtpProfile = {
  name: "SRTP_AES128_CM_HMAC_SHA1_80",
  id: 1,
  keyBytes: 16,
  saltBytes: 14,
  tagBytes: 10,
};

/** One side's key and salt, as DTLS exports them. */
export type SrtpMaster = { readonly key: Uint8Array; readonly salt: Uint8Array };
