// TCP between clients and peers (RFC 6062): Connect, ConnectionAttempt, ConnectionBind, and the 30 seconds that each may take.
import { randomU32 } from "../../crypto/entropy.js";
import { isSameTransportAddress, type TransportAddress } from "../../net/transport-address.js";
import { StunAttribute, StunClass, StunMethod, TRANSACTION_ID_BYTES } from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import { StunWriter } from "../../stun/stun-writer.js";
import type { Micros } from "../../time/units.js";
import type { Allocation, PeerConnection, RelayedAddress } from "./allocation.js";
import { endPeerConnection } from "./allocation-life.js";
import { isAllowed } from "./allocation-requests.js";
import type { ClientConnection } from "./client-connection.js";
import { relayedOf } from "./relay-path.js";
import type { ServerCore } from "./server-core.js";
import { CONNECT_TIMEOUT_US, CONNECTION_BIND_US } from "./server-limits.js";
import type { TurnRequest } from "./turn-request.js";

/** All connections with peers. */
export class PeerConnections {
  readonly #core: ServerCore;

  constructor(core: ServerCore) {
    this.#core = core;
  }

  /** Connect (RFC 6062 5.2): answered when the peer is reached, or is not. */
  connect(request: TurnRequest, message: StunMessage, allocation: Allocation, nowUs: Micros): void {
    const { replies, push, limits } = this.#core;
    const peer = message.xorAddress(StunAttribute.xorPeerAddress);
    const relayed = peer === undefined ? undefined : relayedOf(allocation, peer.family);
    if (peer === undefined || peer.port === 0 || !allocation.isTcp) {
      replies.error(request, 400);
    } else if (relayed === undefined) {
      replies.error(request, 443);
    } else if (hasPeer(allocation, peer)) {
      replies.error(request, 446);
    } else if (isSameTransportAddress(peer, relayed.address)) {
      // A socket that connects to itself would hold the port on which its relay listens.
      replies.error(request, 403);
    } else if (!isAllowed(this.#core, request, allocation, peer)) {
      return;
    } else if (allocation.peerConnections.length >= limits.peerConnectionsPerAllocation) {
      replies.error(request, 508);
    } else {
      const peerConnection = this.#add(relayed, peer, { kind: "connecting", request }, nowUs + CONNECT_TIMEOUT_US);
      push({ kind: "connect-peer", peerConnection: peerConnection.id, relay: relayed.relay, to: peer });
    }
  }

  /** A connection that Connect asked for is open. */
  connected(id: number, nowUs: Micros): void {
    const peerConnection = this.#core.peerConnections.get(id);
    if (peerConnection?.state.kind !== "connecting") {
      return;
    }
    const { request } = peerConnection.state;
    peerConnection.state = { kind: "waiting" };
    this.#core.timers.set(peerConnection, nowUs + CONNECTION_BIND_US);
    this.#core.replies.success(request, (writer) => writer.u32(StunAttribute.connectionId, id));
  }

  /** It could not be opened. */
  failed(id: number): void {
    const peerConnection = this.#core.peerConnections.get(id);
    if (peerConnection?.state.kind === "connecting") {
      this.#core.replies.error(peerConnection.state.request, 447);
      endPeerConnection(this.#core, peerConnection, { isClosed: true });
    }
  }

  /** A peer connected (RFC 6062 5.3): needs a permission, and room. */
  accepted(relay: number, accepted: number, from: TransportAddress, nowUs: Micros): void {
    const { table, push, replies, counters, policy, limits, entropy } = this.#core;
    const relayed = table.relays.get(relay);
    const permission = relayed === undefined ? undefined : table.permission(relayed, from);
    if (
      relayed === undefined ||
      permission === undefined ||
      permission.deadlineUs <= nowUs ||
      !policy.allowsTcp(from)
    ) {
      counters.drops.noPermission++;
      push({ kind: "refuse-peer", accepted });
      return;
    }
    const { allocation } = relayed;
    if (allocation.peerConnections.length >= limits.peerConnectionsPerAllocation || hasPeer(allocation, from)) {
      push({ kind: "refuse-peer", accepted });
      return;
    }
    const peerConnection = this.#add(relayed, from, { kind: "waiting" }, nowUs + CONNECTION_BIND_US);
    push({ kind: "keep-peer", accepted, peerConnection: peerConnection.id });
    const transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
    entropy.fill(transactionId);
    const indication = new StunWriter(new Uint8Array(128))
      .start(StunClass.indication, StunMethod.connectionAttempt, transactionId)
      .u32(StunAttribute.connectionId, peerConnection.id)
      .xorAddress(StunAttribute.xorPeerAddress, from);
    replies.send(allocation.client, indication.finish());
  }

  /**
   * ConnectionBind (RFC 6062 5.4) on a stream of its own, from the user who owns the allocation. True when the stream is a pipe
   * from now on.
   */
  bind(
    request: TurnRequest,
    message: StunMessage,
    connection: ClientConnection | undefined,
    early: Uint8Array,
  ): boolean {
    const { replies, push, timers, table } = this.#core;
    const id = message.u32(StunAttribute.connectionId);
    const peerConnection = id === undefined ? undefined : this.#core.peerConnections.get(id);
    const isOwner = peerConnection?.relayed.allocation.identity === request.auth?.identity;
    const hasAllocation = table.find(request.path) !== undefined;
    if (connection === undefined || hasAllocation || peerConnection?.state.kind !== "waiting" || !isOwner) {
      replies.error(request, 400);
      return false;
    }
    timers.remove(peerConnection);
    peerConnection.state = { kind: "bridged", connection: connection.connection };
    timers.remove(connection);
    connection.bridgedTo = peerConnection;
    replies.success(request);
    const bridge = { connection: connection.connection, peerConnection: peerConnection.id, early: early.slice() };
    push({ kind: "bridge", ...bridge });
    return true;
  }

  /** Neither reached, nor bound, in time. */
  expired(peerConnection: PeerConnection): void {
    if (peerConnection.state.kind === "connecting") {
      this.#core.replies.error(peerConnection.state.request, 447);
    }
    endPeerConnection(this.#core, peerConnection, { isClosed: false });
  }

  #add(
    relayed: RelayedAddress,
    peer: TransportAddress,
    state: PeerConnection["state"],
    deadlineUs: Micros,
  ): PeerConnection {
    let id = randomU32(this.#core.entropy);
    while (this.#core.peerConnections.has(id)) {
      id = randomU32(this.#core.entropy);
    }
    const peerConnection: PeerConnection = {
      kind: "peer-connection",
      id,
      relayed,
      peer,
      state,
      deadlineUs: 0,
      heapIndex: -1,
    };
    this.#core.peerConnections.set(id, peerConnection);
    relayed.allocation.peerConnections.push(peerConnection);
    this.#core.timers.set(peerConnection, deadlineUs);
    return peerConnection;
  }
}

function hasPeer(allocation: Allocation, peer: TransportAddress): boolean {
  return allocation.peerConnections.some((other) => isSameTransportAddress(other.peer, peer));
}
