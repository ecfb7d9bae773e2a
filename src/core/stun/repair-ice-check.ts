// ICE checks whose tiebreaker is 0 (RFC 8445 16.1 allows it), made fit for stacks that take 0 for "no role". Chromium sends such
// checks from relays that it reaches by TCP or TLS, and libjuice answers them with 400 (libjuice issue 355), so that the two
// never meet that way. Whoever holds the password of the checked side may write another tiebreaker into the message and sign anew.
import { WireError } from "../error/floe-error.js";
import { ATTRIBUTE_HEADER_BYTES, StunAttribute } from "./stun-constants.js";
import { fingerprintOf, hasValidIntegrity, writeIntegrity } from "./stun-integrity.js";
import { StunKey } from "./stun-key.js";
import { StunMessage } from "./stun-message.js";

const INTEGRITY_BYTES = 20;
const mac = new Uint8Array(INTEGRITY_BYTES);

/**
 * Writes 1 over a tiebreaker of 0 in a Binding request, in place, and signs it anew; everything else stays as it is. `passwordOf`
 * tells the ICE password of an agent of ours by its ufrag. Answers whether it did; nothing is changed when it is another
 * message, another agent's, or not signed with that password. Never throws.
 */
export function repairIceCheck(bytes: Uint8Array, passwordOf: (ufrag: string) => string | undefined): boolean {
  try {
    return repair(StunMessage.parse(bytes), passwordOf);
  } catch (error) {
    if (error instanceof WireError) {
      return false;
    }
    throw error;
  }
}

function repair(message: StunMessage, passwordOf: (ufrag: string) => string | undefined): boolean {
  const { bytes, integrityAt, fingerprintAt } = message;
  const tiebreaker = message.sized(StunAttribute.iceControlling, 8) ?? message.sized(StunAttribute.iceControlled, 8);
  if (bytes[0] !== 0 || bytes[1] !== 1 || tiebreaker?.every((byte) => byte === 0) !== true) {
    return false;
  }
  const [ufrag] = (message.text(StunAttribute.username) ?? "").split(":");
  const password = passwordOf(ufrag);
  if (password === undefined) {
    return false;
  }
  const key = StunKey.shortTerm(password);
  if (!hasValidIntegrity(message, key)) {
    return false;
  }
  tiebreaker[7] = 1;
  writeIntegrity(key.sha1, bytes, integrityAt, INTEGRITY_BYTES, mac);
  bytes.set(mac, integrityAt + ATTRIBUTE_HEADER_BYTES);
  if (fingerprintAt > 0) {
    const fingerprint = fingerprintOf(bytes, fingerprintAt);
    bytes.set([fingerprint >>> 24, fingerprint >>> 16, fingerprint >>> 8, fingerprint], fingerprintAt + 4);
  }
  return true;
}
