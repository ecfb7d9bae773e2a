// The requests of a TURN client, up to their signatures.
import type { IpFamily } from "../../net/transport-address.js";
import { STUN_BASICS, StunAttribute, StunClass, StunMethod } from "../../stun/stun-constants.js";
import type { StunWriter } from "../../stun/stun-writer.js";
import type { ClientPeer } from "./client-peers.js";

/** Types that must be understood and are, in answers and indications. */
export const UNDERSTOOD: ReadonlySet<number> = new Set([
  ...STUN_BASICS,
  StunAttribute.lifetime,
  StunAttribute.xorRelayedAddress,
  StunAttribute.xorPeerAddress,
  StunAttribute.data,
  StunAttribute.reservationToken,
]);

/** What a request was for. */
export type Asked =
  | { readonly kind: "allocate" }
  | { readonly kind: "refresh"; readonly lifetimeSeconds: number }
  | { readonly kind: "peer"; readonly peer: ClientPeer };

/** What every Allocate request of a client asks for. */
export type WantedAllocation = { readonly family: IpFamily | "both"; readonly lifetimeSeconds: number | undefined };

/** Writes a request about a peer, or about the allocation. */
export function writeRequest(
  writer: StunWriter,
  asked: Asked,
  transactionId: Uint8Array,
  { family, lifetimeSeconds }: WantedAllocation,
): void {
  switch (asked.kind) {
    case "allocate":
      writer.start(StunClass.request, StunMethod.allocate, transactionId).octet(StunAttribute.requestedTransport, 17);
      if (lifetimeSeconds !== undefined) {
        writer.u32(StunAttribute.lifetime, lifetimeSeconds);
      }
      if (family === "both") {
        writer.family(StunAttribute.additionalAddressFamily, 6);
      } else if (family === 6) {
        writer.family(StunAttribute.requestedAddressFamily, 6);
      }
      break;
    case "refresh":
      writer.start(StunClass.request, StunMethod.refresh, transactionId);
      writer.u32(StunAttribute.lifetime, asked.lifetimeSeconds);
      break;
    case "peer": {
      const { channel, address } = asked.peer;
      const method = channel === 0 ? StunMethod.createPermission : StunMethod.channelBind;
      writer.start(StunClass.request, method, transactionId);
      if (channel !== 0) {
        writer.channelNumber(channel);
      }
      writer.xorAddress(StunAttribute.xorPeerAddress, address);
      break;
    }
    default:
      asked satisfies never;
  }
}
