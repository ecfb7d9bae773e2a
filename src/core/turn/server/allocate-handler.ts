// Allocate (RFC 8656 7.2): sockets are opened one attempt after the other, then the client is told, or 508.
import { encodeHex } from "../../bytes/hex.js";
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
import { STUN_REASONS, StunAttribute } from "../../stun/stun-constants.js";
import type { StunMessage } from "../../stun/stun-message.js";
import type { StunWriter } from "../../stun/stun-writer.js";
import { type Micros, seconds } from "../../time/units.js";
import { type AllocatePlan, planAllocate } from "./allocate-plan.js";
import { Allocation, type RelayedAddress, type Reservation } from "./allocation.js";
import { endAllocation } from "./allocation-life.js";
import type { Opening, PendingAllocate } from "./pending-allocate.js";
import type { PortPool } from "./port-pool.js";
import type { ServerCore } from "./server-core.js";
import { ANSWER_TIMEOUT_US, RESERVATION_LIFETIME_US } from "./server-limits.js";
import type { TurnRequest } from "./turn-request.js";

/** Ports that are tried before there is said to be none: others of the machine may hold some of our range. */
const ORDER = { first: 0, reserved: 1, ipv6: 2 } as const;
const MAX_TRIES = 8;

/** Makes allocations. */
export class AllocateHandler {
  readonly #core: ServerCore;
  readonly #pending = new Map<Allocation, PendingAllocate>();
  readonly #opening = new Map<number, PendingAllocate>();
  readonly #reservations = new Map<string, Reservation>();

  constructor(core: ServerCore) {
    this.#core = core;
  }

  /** Ports that are kept for somebody. */
  get reservations(): number {
    return this.#reservations.size;
  }

  /** A request that is authenticated; `existing` is the allocation that its 5-tuple has already. */
  handle(request: TurnRequest, message: StunMessage, existing: Allocation | undefined, nowUs: Micros): void {
    const { replies, limits, table, canSetDontFragment, ports } = this.#core;
    if (existing !== undefined) {
      const isRepeated = encodeHex(request.transactionId) === existing.transactionId;
      if (!isRepeated || existing.identity !== request.auth?.identity || (existing.isOpen && !existing.response)) {
        replies.error(request, 437);
      } else if (existing.response !== undefined) {
        replies.send(request.path, existing.response);
      }
      return;
    }
    const { isStream } = request.path;
    const canRelayTcp = ports.tcp.size > 0;
    const plan = planAllocate(message, { isStream, canSetDontFragment, canRelayTcp, limits });
    if (plan.kind === "refusal") {
      const { code, unknown = [] } = plan;
      replies.error(request, code, (writer) => unknown.length > 0 && writer.unknownAttributes(unknown));
    } else if (plan.token === undefined && !this.#core.relayAddresses.has(plan.family)) {
      // A token's request names no family: it is the reserved port's (RFC 8656 7.2).
      replies.error(request, 440);
    } else if (request.auth !== undefined && !table.hasRoom(request.path, request.auth.user)) {
      replies.error(request, 486);
    } else if (plan.wish.pair === true && this.#reservedBy(request.auth?.user) >= limits.allocationsPerUser) {
      replies.error(request, 508);
    } else {
      this.#begin(request, plan, nowUs);
    }
  }

  /** A socket is open. */
  opened(relay: number, nowUs: Micros): void {
    const pending = this.#opening.get(relay);
    const socket = pending?.sockets.find((each) => each.relay === relay);
    if (pending === undefined || socket === undefined) {
      return;
    }
    socket.isOpen = true;
    this.#opening.delete(relay);
    this.#finishIfOpen(pending, nowUs);
  }

  /** A socket could not be opened: another port, until there were enough tries. */
  failed(relay: number, nowUs: Micros): void {
    const pending = this.#opening.get(relay);
    const socket = pending?.sockets.find((each) => each.relay === relay);
    if (pending === undefined || socket === undefined) {
      return;
    }
    this.#opening.delete(relay);
    pending.sockets.splice(pending.sockets.indexOf(socket), 1);
    pending.tries++;
    const isLast = pending.tries >= MAX_TRIES;
    if (socket.role === "ipv6") {
      if (isLast || !this.#open(pending, "ipv6", 6)) {
        pending.ipv6Error = 508;
      }
    } else {
      // Both of a pair are given up: the next pair lies elsewhere.
      for (const other of pending.sockets.filter(({ role }) => role !== "ipv6")) {
        this.#close(pending, other);
      }
      if (isLast || !this.#open(pending, "first", pending.plan.family)) {
        this.#release(pending, socket);
        this.fail(pending);
        return;
      }
    }
    this.#release(pending, socket);
    this.#finishIfOpen(pending, nowUs);
  }

  /** Gives up: no sockets in time. */
  fail(pending: PendingAllocate): void {
    this.abandon(pending.allocation);
    this.#core.replies.error(pending.request, 508);
  }

  /** Forgets a request whose client is gone. */
  abandon(allocation: Allocation): void {
    const pending = this.#pending.get(allocation);
    if (pending === undefined) {
      return;
    }
    for (const socket of [...pending.sockets]) {
      this.#close(pending, socket);
    }
    this.#pending.delete(allocation);
    this.#core.timers.remove(pending);
    endAllocation(this.#core, allocation, "failed");
  }

  /** Nobody came for a reserved port. */
  dropReservation(reservation: Reservation): void {
    this.#reservations.delete(reservation.token);
    this.#core.timers.remove(reservation);
    this.#core.ports.udp.get(reservation.address.family)?.release(reservation.address.port);
    this.#core.push({ kind: "close-relay", relay: reservation.relay });
  }

  /** Gives up every request and reservation. */
  shutDown(): void {
    for (const allocation of [...this.#pending.keys()]) {
      this.abandon(allocation);
    }
    for (const reservation of [...this.#reservations.values()]) {
      this.dropReservation(reservation);
    }
  }

  #begin(request: TurnRequest, plan: AllocatePlan, nowUs: Micros): void {
    const { auth, path } = request;
    const transactionId = encodeHex(request.transactionId);
    const reservation = plan.token === undefined ? undefined : this.#reservations.get(plan.token);
    if (auth === undefined || (plan.token !== undefined && reservation?.user !== auth.user)) {
      this.#core.replies.error(request, 508);
      return;
    }
    const { user, identity, key } = auth;
    const tokens = this.#core.path.burstBytes;
    const allocation = new Allocation({ client: path, user, identity, key, transactionId, tokens, nowUs });
    const pending: PendingAllocate = {
      kind: "pending-allocate",
      request,
      allocation,
      plan,
      sockets: [],
      ipv6Error: 0,
      tries: 0,
      deadlineUs: 0,
      heapIndex: -1,
    };
    this.#core.table.add(allocation);
    this.#pending.set(allocation, pending);
    this.#core.timers.set(pending, nowUs + ANSWER_TIMEOUT_US);
    if (reservation !== undefined) {
      this.#reservations.delete(reservation.token);
      this.#core.timers.remove(reservation);
      pending.sockets.push({ relay: reservation.relay, address: reservation.address, role: "first", isOpen: true });
    } else if (!this.#open(pending, "first", plan.family)) {
      this.fail(pending);
      return;
    }
    if (plan.withIpv6) {
      pending.ipv6Error = !this.#core.relayAddresses.has(6) ? 440 : this.#open(pending, "ipv6", 6) ? 0 : 508;
    }
    this.#finishIfOpen(pending, nowUs);
  }

  /** Starts to open a socket (two for a pair); false when there is no port. */
  #open(pending: PendingAllocate, role: "first" | "ipv6", family: IpFamily): boolean {
    const { wish, transport } = pending.plan;
    const port = this.#pool(pending, family)?.take(role === "first" ? wish : { even: wish.even === true });
    const own = this.#core.relayAddresses.get(family);
    if (port === undefined || own === undefined) {
      return false;
    }
    const wanted: Opening[] = [{ relay: this.#core.nextRelay(), address: { ...own, port }, role, isOpen: false }];
    if (role === "first" && wish.pair === true) {
      wanted.push({
        relay: this.#core.nextRelay(),
        address: { ...own, port: port + 1 },
        role: "reserved",
        isOpen: false,
      });
    }
    for (const socket of wanted) {
      pending.sockets.push(socket);
      this.#opening.set(socket.relay, pending);
      this.#core.push({ kind: "open-relay", relay: socket.relay, transport, family, port: socket.address.port });
    }
    return true;
  }

  #close(pending: PendingAllocate, socket: Opening): void {
    pending.sockets.splice(pending.sockets.indexOf(socket), 1);
    this.#opening.delete(socket.relay);
    this.#core.push({ kind: "close-relay", relay: socket.relay });
    this.#release(pending, socket);
  }

  /** Reserved ports outlive allocations, so they have a bound of their own. */
  #reservedBy(user: string | undefined): number {
    let count = 0;
    for (const reservation of this.#reservations.values()) {
      count += reservation.user === user ? 1 : 0;
    }
    return count;
  }

  #release(pending: PendingAllocate, { address }: Opening): void {
    this.#pool(pending, address.family)?.release(address.port);
  }

  #pool({ plan }: PendingAllocate, family: IpFamily): PortPool | undefined {
    return this.#core.ports[plan.transport].get(family);
  }

  #finishIfOpen(pending: PendingAllocate, nowUs: Micros): void {
    const { allocation, plan, request, sockets, ipv6Error } = pending;
    if (!this.#pending.has(allocation) || sockets.some(({ isOpen }) => !isOpen)) {
      return;
    }
    const { table, timers, replies, counters, push } = this.#core;
    this.#pending.delete(allocation);
    timers.remove(pending);
    let token: Uint8Array | undefined;
    // IPv4 first, whichever socket was opened last: many clients take the first address for theirs.
    for (const { relay, address, role } of sockets.toSorted((a, b) => ORDER[a.role] - ORDER[b.role])) {
      if (role === "reserved") {
        token = this.#reserve(relay, address, allocation.user, nowUs);
        continue;
      }
      const relayed: RelayedAddress = {
        kind: "relayed-address",
        relay,
        transport: plan.transport,
        address,
        allocation,
        deadlineUs: 0,
        heapIndex: -1,
      };
      table.addRelayed(relayed);
      timers.set(relayed, nowUs + plan.lifetimeUs);
    }
    const relayedAddresses = allocation.relayed.map(({ address }) => address);
    allocation.response = replies.success(request, (writer: StunWriter) => {
      for (const address of relayedAddresses) {
        writer.xorAddress(StunAttribute.xorRelayedAddress, address);
      }
      writer.u32(StunAttribute.lifetime, Math.floor(plan.lifetimeUs / seconds(1)));
      if (token !== undefined) {
        writer.attribute(StunAttribute.reservationToken, token);
      }
      writer.xorAddress(StunAttribute.xorMappedAddress, request.path.remote);
      if (ipv6Error !== 0) {
        writer.addressError({ family: 6, code: ipv6Error, reason: STUN_REASONS[ipv6Error] ?? "" });
      }
    });
    allocation.isOpen = true;
    counters.allocationsMade++;
    push({ kind: "allocated", client: request.path.remote, user: allocation.user, relayedAddresses });
  }

  #reserve(relay: number, address: TransportAddress, user: string, nowUs: Micros): Uint8Array {
    const bytes = new Uint8Array(8);
    this.#core.entropy.fill(bytes);
    const token = encodeHex(bytes);
    const reservation: Reservation = {
      kind: "reservation",
      token,
      relay,
      address,
      user,
      deadlineUs: 0,
      heapIndex: -1,
    };
    this.#reservations.set(token, reservation);
    this.#core.timers.set(reservation, nowUs + RESERVATION_LIFETIME_US);
    return bytes;
  }
}
