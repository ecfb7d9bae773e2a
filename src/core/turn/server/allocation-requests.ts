// Requests about an allocation that there is: Refresh (RFC 8656 8), CreatePermission (10), ChannelBind (12).
import type { TransportAddress } from "../../net/transport-address.js";
import { isSameTransportAddress } from "../../net/transport-address.js";
import { MAX_OLD_CHANNEL, MIN_CHANNEL, StunAttribute } from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import { type Micros, seconds } from "../../time/units.js";
import { familyOf, grantedLifetime } from "./allocate-plan.js";
import type { Allocation } from "./allocation.js";
import { endRelayed } from "./allocation-life.js";
import { relayedOf } from "./relay-path.js";
import type { ServerCore } from "./server-core.js";
import type { TurnRequest } from "./turn-request.js";

/** Lengthens an allocation, or with 0 ends it; one family of two where it is named. */
export function refresh(
  core: ServerCore,
  request: TurnRequest,
  message: StunMessage,
  allocation: Allocation,
  nowUs: Micros,
): void {
  const octet = message.sized(StunAttribute.requestedAddressFamily, 4)?.[0];
  const wantedSeconds = message.u32(StunAttribute.lifetime);
  const family = octet === undefined ? undefined : familyOf(octet);
  const chosen = allocation.relayed.filter(({ address }) => octet === undefined || address.family === family);
  if (chosen.length === 0) {
    core.replies.error(request, 443);
    return;
  }
  const lifetimeUs = wantedSeconds === 0 ? 0 : grantedLifetime(wantedSeconds, core.limits);
  core.replies.success(request, (writer) => writer.u32(StunAttribute.lifetime, Math.floor(lifetimeUs / seconds(1))));
  for (const relayed of chosen) {
    if (lifetimeUs === 0) {
      endRelayed(core, relayed, "refreshed-to-zero");
    } else {
      core.timers.set(relayed, nowUs + lifetimeUs);
    }
  }
}

/** Lets peers' hosts in: all that are named, or none. */
export function createPermission(
  core: ServerCore,
  request: TurnRequest,
  message: StunMessage,
  allocation: Allocation,
  nowUs: Micros,
): void {
  const peers = message.xorAddresses(StunAttribute.xorPeerAddress);
  if (peers.length === 0) {
    core.replies.error(request, 400);
    return;
  }
  let added = 0;
  for (const peer of peers) {
    const relayed = relayedOf(allocation, peer.family);
    if (relayed === undefined) {
      core.replies.error(request, 443);
      return;
    }
    if (!isAllowed(core, request, allocation, peer)) {
      return;
    }
    added += core.table.permission(relayed, peer) === undefined ? 1 : 0;
  }
  if (allocation.permissions.length + added > core.limits.permissionsPerAllocation) {
    core.replies.error(request, 508);
    return;
  }
  for (const peer of peers) {
    const relayed = relayedOf(allocation, peer.family);
    if (relayed !== undefined) {
      core.table.permit(relayed, peer, core.policy, nowUs);
    }
  }
  core.replies.success(request);
}

/** Binds a number to a peer, or refreshes the binding. */
export function channelBind(
  core: ServerCore,
  request: TurnRequest,
  message: StunMessage,
  allocation: Allocation,
  nowUs: Micros,
): void {
  const number = message.sized(StunAttribute.channelNumber, 4);
  const channel = number === undefined ? 0 : (number[0] << 8) | number[1];
  const peer = message.xorAddress(StunAttribute.xorPeerAddress);
  if (peer === undefined || peer.port === 0 || channel < MIN_CHANNEL || channel > MAX_OLD_CHANNEL || allocation.isTcp) {
    core.replies.error(request, 400);
    return;
  }
  const relayed = relayedOf(allocation, peer.family);
  if (relayed === undefined) {
    core.replies.error(request, 443);
    return;
  }
  const ofNumber = allocation.channels.get(channel);
  const ofPeer = core.table.channelOf(relayed, peer);
  const isOthers = ofNumber !== undefined && !isSameTransportAddress(ofNumber.peer, peer);
  if (isOthers || (ofPeer !== undefined && ofPeer.number !== channel)) {
    core.replies.error(request, 400);
    return;
  }
  if (!isAllowed(core, request, allocation, peer)) {
    return;
  }
  const needsPermission = core.table.permission(relayed, peer) === undefined;
  const { channelsPerAllocation, permissionsPerAllocation } = core.limits;
  const isFull =
    (ofNumber === undefined && allocation.channels.size >= channelsPerAllocation) ||
    (needsPermission && allocation.permissions.length >= permissionsPerAllocation);
  if (isFull) {
    core.replies.error(request, 508);
    return;
  }
  core.table.bind(relayed, channel, peer, core.policy, nowUs);
  core.replies.success(request);
}

/** Asks the policy about a peer; answers 403 and counts where it says no. */
export function isAllowed(
  core: ServerCore,
  request: TurnRequest,
  allocation: Allocation,
  peer: TransportAddress,
): boolean {
  if (allocation.isTcp ? core.policy.allowsTcp(peer) : core.policy.allows(peer)) {
    return true;
  }
  core.counters.deniedPeers++;
  core.push({ kind: "peer-denied", client: allocation.client.remote, user: allocation.user, peer });
  core.replies.error(request, 403);
  return false;
}
