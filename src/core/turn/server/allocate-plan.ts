// What an Allocate request asks for (RFC 8656 7.2, RFC 6156 4.2, RFC 6062 5.1): a plan, or the code that refuses it.
import { encodeHex } from "../../bytes/hex.js";
import { WireError } from "../../error/floe-error.js";
import type { IpFamily } from "../../net/transport-address.js";
import { readFamily } from "../../stun/stun-attributes.js";
import { StunAttribute } from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import { type Micros, seconds } from "../../time/units.js";
import type { PortWish } from "./port-pool.js";
import type { TurnLimits } from "./server-limits.js";

/** IANA protocol numbers. */
const TCP = 6;
const UDP = 17;

/** A request that makes sense. */
export type AllocatePlan = {
  readonly kind: "plan";
  readonly transport: "udp" | "tcp";
  readonly family: IpFamily;
  /** IPv6 too, if it can be had. */
  readonly withIpv6: boolean;
  readonly wish: PortWish;
  readonly lifetimeUs: Micros;
  /** Hexadecimal, for a port that was reserved. */
  readonly token: string | undefined;
};

/** A request that does not. */
export type AllocateRefusal = { readonly kind: "refusal"; readonly code: number; readonly unknown?: readonly number[] };

/** What decides beside the request. */
export type PlanOptions = {
  readonly isStream: boolean;
  readonly canSetDontFragment: boolean;
  readonly canRelayTcp: boolean;
  readonly limits: TurnLimits;
};

/** Reads a request. Throws `WireError` for attributes of a wrong length. */
export function planAllocate(
  message: StunMessage,
  { isStream, canSetDontFragment, canRelayTcp, limits }: PlanOptions,
): AllocatePlan | AllocateRefusal {
  const transport = message.sized(StunAttribute.requestedTransport, 4)?.[0];
  const evenPort = message.sized(StunAttribute.evenPort, 1)?.[0];
  const token = message.sized(StunAttribute.reservationToken, 8);
  const requestedFamily = message.sized(StunAttribute.requestedAddressFamily, 4)?.[0];
  const additionalFamily = (message.sized(StunAttribute.additionalAddressFamily, 4) ??
    message.sized(StunAttribute.draftAdditionalAddressFamily, 4))?.[0];
  const dontFragment = message.has(StunAttribute.dontFragment);
  const lifetime = message.u32(StunAttribute.lifetime);

  if (transport === undefined) {
    return refusal(400);
  }
  if (transport !== UDP && !(transport === TCP && canRelayTcp)) {
    return refusal(442);
  }
  const hasUdpOnly = evenPort !== undefined || token !== undefined || dontFragment;
  if (transport === TCP && (!isStream || hasUdpOnly)) {
    return refusal(400);
  }
  if (dontFragment && !canSetDontFragment) {
    return { kind: "refusal", code: 420, unknown: [StunAttribute.dontFragment] };
  }
  const hasFamily = requestedFamily !== undefined || additionalFamily !== undefined;
  if (token !== undefined && (evenPort !== undefined || hasFamily)) {
    return refusal(400);
  }
  if (requestedFamily !== undefined && additionalFamily !== undefined) {
    return refusal(400);
  }
  const reserveNext = evenPort !== undefined && (evenPort & 0x80) !== 0;
  if (additionalFamily !== undefined && (additionalFamily !== 2 || reserveNext)) {
    return refusal(400);
  }
  const family = requestedFamily === undefined ? 4 : familyOf(requestedFamily);
  if (family === undefined) {
    return refusal(440);
  }
  return {
    kind: "plan",
    transport: transport === TCP ? "tcp" : "udp",
    family,
    withIpv6: additionalFamily !== undefined,
    wish: { even: evenPort !== undefined, pair: reserveNext },
    lifetimeUs: grantedLifetime(lifetime, limits),
    token: token === undefined ? undefined : encodeHex(token),
  };
}

/** What a client gets that asks for so many seconds: the default at least, the maximum at most (RFC 8656 7.2). */
export function grantedLifetime(wantedSeconds: number | undefined, { lifetimeUs, maxLifetimeUs }: TurnLimits): Micros {
  const wantedUs = wantedSeconds === undefined ? lifetimeUs : seconds(wantedSeconds);
  return Math.min(Math.max(wantedUs, lifetimeUs), maxLifetimeUs);
}

/** REQUESTED-ADDRESS-FAMILY's octet; undefined for none that there is. */
export function familyOf(octet: number): IpFamily | undefined {
  try {
    return readFamily(octet);
  } catch (error) {
    if (!(error instanceof WireError)) {
      throw error;
    }
    return undefined;
  }
}

function refusal(code: number): AllocateRefusal {
  return { kind: "refusal", code };
}
