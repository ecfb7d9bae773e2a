// The TURN server as a machine (RFC 8656, 6156, 6062; STUN Binding of RFC 8489): no sockets, no clock. Requests come in and answers
// go out through `handle` and `poll`; relayed packets go straight to the port.
import { type Entropy, randomU32 } from "../../crypto/entropy.js";
import type { KernelSide } from "../../kernel/bind-kernel.js";
import type { Machine } from "../../net/machine.js";
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
import { ReplyGuard, type ReplyGuardOptions } from "../../stun/reply-guard.js";
import { StunVerifier } from "../../stun/stun-verifier.js";
import { DeadlineHeap } from "../../time/deadline-heap.js";
import type { Micros } from "../../time/units.js";
import type { RelayBatch } from "../relay-batch.js";
import { RelayKind, RelayWord } from "../relay-record.js";
import { AllocateHandler } from "./allocate-handler.js";
import { endAllocation, endPeerConnection, endRelayed } from "./allocation-life.js";
import { AllocationTable } from "./allocation-table.js";
import { ClientStreams } from "./client-streams.js";
import type { TurnCredentials } from "./credentials.js";
import { Nonces } from "./nonces.js";
import { PeerConnections } from "./peer-connections.js";
import { PeerPolicy } from "./peer-policy.js";
import { PortPool, type PortRange } from "./port-pool.js";
import { Total } from "./relay-meter.js";
import { RelayPath } from "./relay-path.js";
import { Replies } from "./replies.js";
import { RequestFlow } from "./request-flow.js";
import { RequestGate } from "./request-gate.js";
import type { ServerCore } from "./server-core.js";
import { newTurnCounters, type TurnServerReport } from "./server-counters.js";
import type { RelayPort, TurnServerInput, TurnServerOutput } from "./server-io.js";
import { DEFAULT_TURN_LIMITS, type TurnLimits } from "./server-limits.js";
import type { Timed } from "./timed.js";

/** What a server is made of. */
export type TurnServerMachineOptions = KernelSide & {
  readonly entropy: Entropy;
  readonly credentials: TurnCredentials;
  /** Where relayed packets go. */
  readonly port: RelayPort;
  /** The addresses that peers see, at most one of each family; ports are ignored. */
  readonly relayAddresses: readonly TransportAddress[];
  /** Further addresses of this machine: refused as peers. */
  readonly ownAddresses?: readonly TransportAddress[];
  /** Ports of this machine's addresses that clients may reach all the same; 0 asks for a permission that names none. */
  readonly ownPorts?: (port: number) => boolean;
  /** Ranges to relay to although they are refused by default. */
  readonly allowPeers?: readonly string[];
  readonly realm?: string;
  /** Told in answers that are signed; empty tells nothing. */
  readonly software?: string;
  readonly portRange?: PortRange;
  readonly limits?: Partial<TurnLimits>;
  readonly guard?: ReplyGuardOptions;
  /** Whether TCP towards peers (RFC 6062) is offered. */
  readonly tcpRelay?: boolean;
  /** Whether the sockets can forbid fragments (RFC 8656 15). */
  readonly canSetDontFragment?: boolean;
  /** Bytes of a slot for packets out of streams; the longest frame is 68 bytes less. */
  readonly streamSlotBytes?: number;
};

/** Uses of what has expired are refused by its time, whether it was cleared away or not. */
const MAX_DUE_PER_TICK = 16;

/** Relays for clients. Never throws because of what came in. */
export class TurnServerMachine implements Machine<TurnServerInput, TurnServerOutput> {
  readonly realm: string;
  readonly limits: TurnLimits;
  /** Which peers are refused; addresses of the machine may change while it runs. */
  readonly policy: PeerPolicy;
  readonly #core: ServerCore;
  readonly #flow: RequestFlow;
  readonly #guard: ReplyGuard;
  readonly #allocate: AllocateHandler;
  readonly #peerConnections: PeerConnections;
  readonly #streams: ClientStreams;
  readonly #port: RelayPort;
  readonly #outputs: TurnServerOutput[] = [];
  #nextRelay = 1;
  #isShutDown = false;

  /** Throws `turn/port-range`, `kernel/arena-full`, and `WireError` for a range of `allowPeers` that is none. */
  constructor({
    arena,
    kernels,
    entropy,
    credentials,
    port,
    relayAddresses,
    ownAddresses = [],
    ownPorts = () => false,
    allowPeers = [],
    realm = "floe",
    software = "",
    portRange = { min: 49_152, max: 65_535 },
    limits = {},
    guard = {},
    tcpRelay = true,
    canSetDontFragment = false,
    streamSlotBytes = 4096,
  }: TurnServerMachineOptions) {
    this.realm = realm;
    this.limits = { ...DEFAULT_TURN_LIMITS, ...limits };
    this.#port = port;
    this.#guard = new ReplyGuard(guard);
    const verifier = new StunVerifier({ kernels, arena });
    const timers = new DeadlineHeap<Timed>();
    const counters = newTurnCounters();
    const table = new AllocationTable({ seed: randomU32(entropy), limits: this.limits, timers });
    this.policy = new PeerPolicy({
      allowPeers,
      ownAddresses: [...relayAddresses, ...ownAddresses],
      ownPorts,
      isRelayedHere: (address, port, transport) => table.isRelayed(address, port, transport),
    });
    const nonces = new Nonces({ entropy, lifetimeUs: this.limits.nonceLifetimeUs });
    const push = (output: TurnServerOutput): void => {
      this.#outputs.push(output);
    };
    const families = new Map(relayAddresses.map((address): [IpFamily, TransportAddress] => [address.family, address]));
    const pools = () => new Map([...families.keys()].map((family) => [family, new PortPool(portRange, entropy)]));
    const { bitrateBps } = this.limits;
    this.#core = {
      entropy,
      limits: this.limits,
      table,
      timers,
      peerConnections: new Map(),
      policy: this.policy,
      path: new RelayPath({ table, policy: this.policy, counters, bitrateBps, canSetDontFragment }),
      replies: new Replies({ push, guard: this.#guard, nonces, counters, realm, software }),
      counters,
      push,
      relayAddresses: families,
      ports: { udp: pools(), tcp: tcpRelay ? pools() : new Map() },
      canSetDontFragment,
      nextRelay: () => this.#nextRelay++,
    };
    this.#allocate = new AllocateHandler(this.#core);
    this.#peerConnections = new PeerConnections(this.#core);
    this.#flow = new RequestFlow({
      core: this.#core,
      verifier,
      gate: new RequestGate({ verifier, credentials, nonces, realm }),
      guard: this.#guard,
      allocate: this.#allocate,
      peerConnections: this.#peerConnections,
      streams: () => this.#streams,
    });
    this.#streams = new ClientStreams({
      core: this.#core,
      arena,
      kernels,
      slotBytes: streamSlotBytes,
      relay: (batch, nowUs) => this.#relayFromClients(batch, nowUs),
      control: (path, bytes, nowUs) => this.#flow.receive(path, bytes, nowUs),
    });
  }

  get deadlineUs(): Micros | undefined {
    return this.#core.timers.deadlineUs;
  }

  poll(): TurnServerOutput | undefined {
    return this.#outputs.shift();
  }

  handle(input: TurnServerInput, nowUs: Micros): void {
    switch (input.kind) {
      case "from-clients":
        this.#fromClients(input.batch, nowUs);
        break;
      case "from-peers":
        if (this.#core.path.fromPeers(input.batch, nowUs) > 0) {
          this.#port.send(input.batch, "to-clients");
        }
        break;
      case "opened":
        this.#streams.open(input.connection, input.remote, { isShutDown: this.#isShutDown }, nowUs);
        break;
      case "segment":
        this.#streams.receive(input.connection, input.bytes, nowUs);
        break;
      case "closed":
        this.#closed(input.connection);
        break;
      case "relay-opened":
        this.#allocate.opened(input.relay, nowUs);
        break;
      case "relay-failed":
        this.#allocate.failed(input.relay, nowUs);
        break;
      case "credentials":
        this.#flow.resume(input.query, input.answer, nowUs);
        break;
      case "peer-connected":
        this.#peerConnections.connected(input.peerConnection, nowUs);
        break;
      case "peer-failed":
        this.#peerConnections.failed(input.peerConnection);
        break;
      case "peer-accepted":
        this.#peerConnections.accepted(input.relay, input.accepted, input.from, nowUs);
        break;
      case "peer-closed": {
        const peerConnection = this.#core.peerConnections.get(input.peerConnection);
        if (peerConnection !== undefined) {
          endPeerConnection(this.#core, peerConnection, { isClosed: true });
        }
        break;
      }
      case "end-user":
        this.#endUser(input.user);
        break;
      case "shutdown":
        this.#shutDown();
        break;
      default:
        input satisfies never;
    }
  }

  /** At most 16 things a call, so that nobody waits while thousands expire: `deadlineUs` is in the past then, so call again. */
  tick(nowUs: Micros): void {
    for (let left = MAX_DUE_PER_TICK; left > 0; left--) {
      const due = this.#core.timers.takeDue(nowUs);
      if (due === undefined) {
        return;
      }
      this.#expire(due, nowUs);
    }
  }

  /**
   * For joined streams: whether `lengthBytes` more may be passed now, and counts them then. When not, stop reading the one that
   * sent them and ask again a little later; 20 ms is a good while.
   */
  admitStream(peerConnection: number, direction: "to-peer" | "to-client", lengthBytes: number, nowUs: Micros): boolean {
    const found = this.#core.peerConnections.get(peerConnection);
    return found !== undefined && this.#core.path.admitBytes(found.relayed.allocation, direction, lengthBytes, nowUs);
  }

  /** The server in numbers. */
  report(): TurnServerReport {
    const { table, counters, path } = this.#core;
    return {
      allocations: table.clients.size,
      maxAllocations: this.limits.allocations,
      permissions: table.permissions.size,
      channels: table.channels.size,
      reservations: this.#allocate.reservations,
      peerConnections: this.#core.peerConnections.size,
      connections: this.#streams.size,
      openRanges: this.policy.openRanges,
      packetsToPeers: path.totals[Total.packetsToPeers],
      bytesToPeers: path.totals[Total.bytesToPeers],
      packetsToClients: path.totals[Total.packetsToClients],
      bytesToClients: path.totals[Total.bytesToClients],
      counters: { ...counters, drops: { ...counters.drops }, errors: { ...counters.errors } },
    };
  }

  #expire(due: Timed, nowUs: Micros): void {
    const { table, counters } = this.#core;
    switch (due.kind) {
      case "relayed-address":
        counters.allocationsExpired += due.allocation.relayed.length === 1 ? 1 : 0;
        endRelayed(this.#core, due, "expired");
        break;
      case "permission":
        table.expirePermission(due);
        break;
      case "channel":
        table.unbind(due);
        break;
      case "reservation":
        this.#allocate.dropReservation(due);
        break;
      case "peer-connection":
        this.#peerConnections.expired(due);
        break;
      case "client-connection":
        this.#streams.expired(due, nowUs);
        break;
      case "pending-allocate":
        this.#allocate.fail(due);
        break;
      case "waiting-request":
        this.#flow.expired(due);
        break;
      default:
        due satisfies never;
    }
  }

  #fromClients(batch: RelayBatch, nowUs: Micros): void {
    this.#relayFromClients(batch, nowUs);
    if (this.#isShutDown) {
      return;
    }
    for (let i = 0; i < batch.count; i++) {
      if (batch.word(i, RelayWord.kind) === RelayKind.control) {
        const remote = batch.remote(i);
        this.#guard.received(remote, batch.word(i, RelayWord.lengthBytes), nowUs);
        this.#flow.receive(
          { socket: batch.word(i, RelayWord.socket), isStream: false, remote },
          batch.packet(i),
          nowUs,
        );
      }
    }
  }

  #relayFromClients(batch: RelayBatch, nowUs: Micros): void {
    if (this.#core.path.fromClients(batch, nowUs) > 0) {
      this.#port.send(batch, "to-peers");
    }
  }

  #closed(connection: number): void {
    const closed = this.#streams.remove(connection);
    if (closed === undefined) {
      return;
    }
    const { bridgedTo } = closed;
    if (bridgedTo !== undefined && this.#core.peerConnections.get(bridgedTo.id) === bridgedTo) {
      endPeerConnection(this.#core, bridgedTo, { isClosed: false });
    }
    const allocation = this.#core.table.clients.get(connection, 0, 0, 0, 0, 0, 0);
    if (allocation !== undefined && !allocation.isOpen) {
      this.#allocate.abandon(allocation);
    } else if (allocation !== undefined) {
      endAllocation(this.#core, allocation, "client-closed");
    }
  }

  #endUser(user: string): void {
    for (const allocation of [...this.#core.table.clients.values()]) {
      if (allocation.user === user && !allocation.isOpen) {
        this.#allocate.abandon(allocation);
      } else if (allocation.user === user) {
        endAllocation(this.#core, allocation, "ended");
      }
    }
  }

  #shutDown(): void {
    this.#isShutDown = true;
    this.#allocate.shutDown();
    for (const allocation of [...this.#core.table.clients.values()]) {
      endAllocation(this.#core, allocation, "shutdown");
    }
    this.#streams.closeAll("the server is shutting down");
    this.#flow.clear();
  }
}
