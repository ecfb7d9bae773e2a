// The answer to a Binding request (RFC 8489 7.3): the sender's address as it is seen here.
import type { TransportAddress } from "../net/transport-address.js";
import { STUN_BASICS, StunAttribute, StunClass, StunMethod } from "./stun-constants.js";
import type { StunMessage } from "./stun-message.js";
import type { StunWriter } from "./stun-writer.js";

/** Writes the answer to `request` from `from`: XOR-MAPPED-ADDRESS, or 420 with what was not understood. */
export function writeBindingResponse(
  writer: StunWriter,
  request: StunMessage,
  from: TransportAddress,
  { software = "" }: { readonly software?: string } = {},
): Uint8Array {
  const unknown = request.unknownRequired(STUN_BASICS);
  if (unknown.length > 0) {
    writer.start(StunClass.error, StunMethod.binding, request.transactionId).errorCode(420).unknownAttributes(unknown);
  } else {
    writer
      .start(StunClass.success, StunMethod.binding, request.transactionId)
      .xorAddress(StunAttribute.xorMappedAddress, from);
  }
  if (software !== "") {
    writer.text(StunAttribute.software, software);
  }
  return request.fingerprintAt > 0 ? writer.fingerprint().finish() : writer.finish();
}
