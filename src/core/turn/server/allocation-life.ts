// How allocations and their relayed addresses end: sockets closed, ports given back, everybody told.
import type { Allocation, PeerConnection, RelayedAddress } from "./allocation.js";
import { Meter } from "./relay-meter.js";
import type { ServerCore } from "./server-core.js";
import type { TurnServerOutput } from "./server-io.js";

/** Why an allocation ends. */
export type ReleaseReason = Extract<TurnServerOutput, { kind: "released" }>["reason"];

/** Ends an allocation with all that it has. */
export function endAllocation(core: ServerCore, allocation: Allocation, reason: ReleaseReason): void {
  for (const relayed of [...allocation.relayed]) {
    closeRelayed(core, relayed);
  }
  core.table.remove(allocation);
  if (allocation.isOpen) {
    const { client, user, meter } = allocation;
    const [bytesFromClient, bytesToClient] = [meter[Meter.bytesFromClient], meter[Meter.bytesToClient]];
    core.push({ kind: "released", client: client.remote, user, reason, bytesFromClient, bytesToClient });
  }
}

/** Ends one relayed address, and the allocation with its last. */
export function endRelayed(core: ServerCore, relayed: RelayedAddress, reason: ReleaseReason): void {
  const { allocation } = relayed;
  if (allocation.relayed.length <= 1) {
    endAllocation(core, allocation, reason);
  } else {
    closeRelayed(core, relayed);
  }
}

/** Ends a connection with a peer, and the stream that it was joined with. */
export function endPeerConnection(
  core: ServerCore,
  peerConnection: PeerConnection,
  { isClosed }: { readonly isClosed: boolean },
): void {
  core.timers.remove(peerConnection);
  core.peerConnections.delete(peerConnection.id);
  const { peerConnections } = peerConnection.relayed.allocation;
  peerConnections.splice(peerConnections.indexOf(peerConnection), 1);
  if (!isClosed) {
    core.push({ kind: "close-peer", peerConnection: peerConnection.id });
  }
  if (peerConnection.state.kind === "bridged") {
    core.push({ kind: "close-client", connection: peerConnection.state.connection, reason: "the peer's end is gone" });
  }
}

function closeRelayed(core: ServerCore, relayed: RelayedAddress): void {
  for (const peerConnection of [...relayed.allocation.peerConnections]) {
    if (peerConnection.relayed === relayed) {
      endPeerConnection(core, peerConnection, { isClosed: false });
    }
  }
  const { relay, transport, address } = relayed;
  core.table.removeRelayed(relayed);
  core.ports[transport].get(address.family)?.release(address.port);
  core.push({ kind: "close-relay", relay });
}
