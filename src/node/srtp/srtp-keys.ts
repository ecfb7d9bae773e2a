// From one side's master key to the keys that its packets are protected with (RFC 3711 4.3.1, RFC 7714 11).
import { createCipheriv, createSecretKey, type KeyObject } from "node:crypto";
import type { SrtpMaster, SrtpProfile } from "./srtp-profile.js";

/** The keys for RTP, or those for RTCP. */
export type SrtpKeys = {
  readonly cipher: KeyObject;
  readonly salt: Buffer;
  /** HMAC-SHA1's key; GCM has no use for it. */
  readonly authentication: KeyObject;
};

/** Labels of RTP's keys: cipher, authentication, salt; those of RTCP are 3 higher. */
const RTP_LABELS = 0;
const RTCP_LABELS = 3;

const SHA1_KEY_BYTES = 20;
/** Where the label goes: above the 48 bits of an index that is always 0, as keys are derived once. */
const LABEL_AT = 7;

/** Derives both sets. */
export function deriveSrtpKeys(profile: SrtpProfile, master: SrtpMaster): { rtp: SrtpKeys; rtcp: SrtpKeys } {
  return { rtp: derive(profile, master, RTP_LABELS), rtcp: derive(profile, master, RTCP_LABELS) };
}

function derive({ keyBytes, saltBytes }: SrtpProfile, master: SrtpMaster, first: number): SrtpKeys {
  return {
    cipher: createSecretKey(pseudoRandom(master, first, keyBytes)),
    authentication: createSecretKey(pseudoRandom(master, first + 1, SHA1_KEY_BYTES)),
    salt: pseudoRandom(master, first + 2, saltBytes),
  };
}

/** The key stream of AES in counter mode from the master salt with a label in it; a salt of 12 bytes is filled up with zeros. */
function pseudoRandom({ key, salt }: SrtpMaster, label: number, lengthBytes: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.set(salt);
  counter[LABEL_AT] ^= label;
  return createCipheriv("aes-128-ctr", key, counter).update(Buffer.alloc(lengthBytes));
}
