// What a TURN client wraps its data in, and takes it out of: ChannelData (RFC 8656 12.4), Send and Data indications (11.2, 11.4).
import type { Entropy } from "../../crypto/entropy.js";
import type { TransportAddress } from "../../net/transport-address.js";
import {
  CHANNEL_HEADER_BYTES,
  StunAttribute,
  StunClass,
  StunMethod,
  TRANSACTION_ID_BYTES,
} from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import type { StunWriter } from "../../stun/stun-writer.js";
import type { TurnClientOutput } from "./client-io.js";
import type { ClientPeers } from "./client-peers.js";
import { UNDERSTOOD } from "./client-request.js";

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

/** What a peer sent through its channel, as a view; undefined when it is not to be believed. */
export function readChannelData(bytes: Uint8Array, peers: ClientPeers): TurnClientOutput | undefined {
  const peer = peers.ofChannel((bytes[0] << 8) | bytes[1]);
  const end = CHANNEL_HEADER_BYTES + ((bytes[2] << 8) | bytes[3]);
  return peer === undefined || end > bytes.length
    ? undefined
    : { kind: "data", peer: peer.address, bytes: bytes.subarray(CHANNEL_HEADER_BYTES, end) };
}

/** What a peer sent without a channel, as a view, or that one connected; undefined when it is not to be believed. */
export function readIndication(message: StunMessage, peers: ClientPeers): TurnClientOutput | undefined {
  const { method } = message;
  const peer = message.xorAddress(StunAttribute.xorPeerAddress);
  const isUnderstood = message.unknownRequired(UNDERSTOOD).length === 0;
  if (!isUnderstood || peer === undefined || !peers.isHostPermitted(peer)) {
    return undefined;
  }
  const data = message.value(StunAttribute.data);
  if (method === StunMethod.data && data !== undefined) {
    return { kind: "data", peer, bytes: data };
  }
  const connectionId = message.u32(StunAttribute.connectionId);
  return method === StunMethod.connectionAttempt && connectionId !== undefined
    ? { kind: "peer-attempted", peer, connectionId }
    : undefined;
}
