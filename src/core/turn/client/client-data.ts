// What a TURN client wraps its data in: ChannelData (RFC 8656 12.4), or a Send indication (11.2).
import type { Entropy } from "../../crypto/entropy.js";
import type { TransportAddress } from "../../net/transport-address.js";
import {
  CHANNEL_HEADER_BYTES,
  StunAttribute,
  StunClass,
  StunMethod,
  TRANSACTION_ID_BYTES,
} from "../../stun/stun-constants.js";
import type { StunWriter } from "../../stun/stun-writer.js";

/** ChannelData, padded to 4 bytes on streams. */
export function channelData(
  channel: number,
  payload: Uint8Array,
  { isPadded }: { readonly isPadded: boolean },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(CHANNEL_HEADER_BYTES + (isPadded ? (payload.length + 3) & ~3 : payload.length));
  bytes.set([channel >>> 8, channel, payload.length >>> 8, payload.length]);
  bytes.set(payload, CHANNEL_HEADER_BYTES);
  return bytes;
}

/** A Send indication. */
export function sendIndication(
  writer: StunWriter,
  entropy: Entropy,
  peer: TransportAddress,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
  entropy.fill(transactionId);
  writer.start(StunClass.indication, StunMethod.send, transactionId);
  return writer.xorAddress(StunAttribute.xorPeerAddress, peer).attribute(StunAttribute.data, payload).finishCopy();
}
