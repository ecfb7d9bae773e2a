// The requests of a TURN client, up to their signatures.
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
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
  StunAttribute.connectionId,
]);

/** What a request was for. */
export type Asked =
  | { readonly kind: "allocate" }
  | { readonly kind: "refresh"; readonly lifetimeSeconds: number }
  | { readonly kind: "peer"; readonly peer: ClientPeer }
  | { readonly kind: "connect"; readonly peer: TransportAddress };

/** What every Allocate request of a client asks for. */
export type WantedAllocation = {
  readonly family: IpFamily | "both";
  /** What the relay speaks with peers. */
  readonly relay: "udp" | "tcp";
  readonly lifetimeSeconds: number | undefined;
};

/** REQUESTED-TRANSPORT: numbers of IP protocols. */
const PROTOCOL = { tcp: 6, udp: 17 } as const;

/** Writes a request about a peer, or about the allocation. */
export function writeRequest(
  writer: StunWriter,
  asked: Asked,
  transactionId: Uint8Array,
  { family, relay, lifetimeSeconds }: WantedAllocation,
): void {
  switch (asked.kind) {
    case "allocate":
      writer.start(StunClass.request, StunMethod.allocate, transactionId);
      writer.octet(StunAttribute.requestedTransport, PROTOCOL[relay]);
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
    case "connect":
      writer.start(StunClass.request, StunMethod.connect, transactionId);
      writer.xorAddress(StunAttribute.xorPeerAddress, asked.peer);
      break;
    default:
      asked satisfies never;
  }
}
