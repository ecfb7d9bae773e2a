// All allocations of a server, findable by client, by relay socket, by peer and by channel; and who has how many.
import { formatIpAddress, isSameIp, type TransportAddress } from "../../net/transport-address.js";
import type { DeadlineHeap } from "../../time/deadline-heap.js";
import type { Micros } from "../../time/units.js";
import { AddressTable } from "../address-table.js";
import type { Allocation, Channel, Permission, RelayedAddress } from "./allocation.js";
import type { ClientPath } from "./client-path.js";
import type { PeerPolicy } from "./peer-policy.js";
import { CHANNEL_LIFETIME_US, PERMISSION_LIFETIME_US, type TurnLimits } from "./server-limits.js";
import type { Timed } from "./timed.js";

/** The tables. Look-ups allocate nothing. */
export class AllocationTable {
  /** By 5-tuple: (socket, family, port, IP), or (stream, 0, 0, 0). */
  readonly clients: AddressTable<Allocation>;
  /** By relay socket and peer's host: (relay, family, 0, IP). */
  readonly permissions: AddressTable<Permission>;
  /** By relay socket and peer: (relay, family, port, IP). */
  readonly channels: AddressTable<Channel>;
  /** By the relay socket's number. */
  readonly relays: Map<number, RelayedAddress> = new Map();
  readonly #limits: TurnLimits;
  readonly #timers: DeadlineHeap<Timed>;
  readonly #perUser = new Map<string, number>();
  readonly #perAddress = new Map<string, number>();
  /** Behind one number UDP and TCP are two ports, of which one may be another program's. */
  readonly #ports = { udp: new Map<number, RelayedAddress>(), tcp: new Map<number, RelayedAddress>() };

  constructor({ seed, limits, timers }: { seed: number; limits: TurnLimits; timers: DeadlineHeap<Timed> }) {
    this.clients = new AddressTable(seed);
    this.permissions = new AddressTable(seed);
    this.channels = new AddressTable(seed);
    this.#limits = limits;
    this.#timers = timers;
  }

  find({ socket, isStream, remote }: ClientPath): Allocation | undefined {
    return isStream
      ? this.clients.get(socket, 0, 0, 0, 0, 0, 0)
      : this.clients.get(socket, remote.family, remote.port, remote.ip0, remote.ip1, remote.ip2, remote.ip3);
  }

  /** Whether one more allocation is within everybody's quota. */
  hasRoom(client: ClientPath, user: string): boolean {
    const { allocations, allocationsPerUser, allocationsPerAddress } = this.#limits;
    return (
      this.clients.size < allocations &&
      (this.#perUser.get(user) ?? 0) < allocationsPerUser &&
      (this.#perAddress.get(formatIpAddress(client.remote)) ?? 0) < allocationsPerAddress
    );
  }

  add(allocation: Allocation): void {
    const { client, user } = allocation;
    const { socket, isStream, remote } = client;
    if (isStream) {
      this.clients.set(socket, 0, 0, 0, 0, 0, 0, allocation);
    } else {
      this.clients.set(socket, remote.family, remote.port, remote.ip0, remote.ip1, remote.ip2, remote.ip3, allocation);
    }
    count(this.#perUser, user, 1);
    count(this.#perAddress, formatIpAddress(remote), 1);
  }

  /** Takes an allocation out. Its relayed addresses must be gone. */
  remove({ client, user }: Allocation): void {
    const { socket, isStream, remote } = client;
    if (isStream) {
      this.clients.delete(socket, 0, 0, 0, 0, 0, 0);
    } else {
      this.clients.delete(socket, remote.family, remote.port, remote.ip0, remote.ip1, remote.ip2, remote.ip3);
    }
    count(this.#perUser, user, -1);
    count(this.#perAddress, formatIpAddress(remote), -1);
  }

  addRelayed(relayed: RelayedAddress): void {
    relayed.allocation.relayed.push(relayed);
    this.relays.set(relayed.relay, relayed);
    this.#ports[relayed.transport].set(portKey(relayed.address), relayed);
  }

  /** Takes a relayed address out, with its permissions and channels. */
  removeRelayed(relayed: RelayedAddress): void {
    const { allocation, relay, address, transport } = relayed;
    for (const channel of allocation.channels.values()) {
      if (channel.permission.relayed === relayed) {
        this.unbind(channel);
      }
    }
    for (const permission of [...allocation.permissions]) {
      if (permission.relayed === relayed) {
        this.#forget(permission);
      }
    }
    this.#timers.remove(relayed);
    allocation.relayed.splice(allocation.relayed.indexOf(relayed), 1);
    this.relays.delete(relay);
    if (this.#ports[transport].get(portKey(address)) === relayed) {
      this.#ports[transport].delete(portKey(address));
    }
  }

  /** Whether an address and port is one of the relayed addresses of this server, by that transport. */
  isRelayed(address: TransportAddress, port: number, transport: RelayedAddress["transport"]): boolean {
    const relayed = this.#ports[transport].get((address.family << 16) | port);
    return relayed !== undefined && isSameIp(relayed.address, address);
  }

  permission(relayed: RelayedAddress, { family, ip0, ip1, ip2, ip3 }: TransportAddress): Permission | undefined {
    return this.permissions.get(relayed.relay, family, 0, ip0, ip1, ip2, ip3);
  }

  /** Makes or refreshes a permission; the policy and the bounds were asked. */
  permit(relayed: RelayedAddress, peer: TransportAddress, policy: PeerPolicy, nowUs: Micros): Permission {
    let permission = this.permission(relayed, peer);
    if (permission === undefined) {
      permission = {
        kind: "permission",
        relayed,
        peer,
        channels: 0,
        policyVersion: policy.version,
        dependsOnPort: policy.dependsOnPort(peer),
        deadlineUs: 0,
        heapIndex: -1,
      };
      const { family, ip0, ip1, ip2, ip3 } = peer;
      this.permissions.set(relayed.relay, family, 0, ip0, ip1, ip2, ip3, permission);
      relayed.allocation.permissions.push(permission);
    }
    permission.policyVersion = policy.version;
    permission.dependsOnPort = policy.dependsOnPort(peer);
    this.#timers.set(permission, nowUs + PERMISSION_LIFETIME_US);
    return permission;
  }

  /** A permission's time is over. Its record stays while a channel needs it: the channel may be refreshed. */
  expirePermission(permission: Permission): void {
    if (permission.channels === 0) {
      this.#forget(permission);
    }
  }

  channelOf(relayed: RelayedAddress, { family, ip0, ip1, ip2, ip3, port }: TransportAddress): Channel | undefined {
    return this.channels.get(relayed.relay, family, port, ip0, ip1, ip2, ip3);
  }

  /** Binds or refreshes a channel and its peer's permission. */
  bind(relayed: RelayedAddress, number: number, peer: TransportAddress, policy: PeerPolicy, nowUs: Micros): void {
    const permission = this.permit(relayed, peer, policy, nowUs);
    let channel = relayed.allocation.channels.get(number);
    if (channel === undefined) {
      channel = { kind: "channel", number, peer, permission, deadlineUs: 0, heapIndex: -1 };
      permission.channels++;
      relayed.allocation.channels.set(number, channel);
      const { family, ip0, ip1, ip2, ip3, port } = peer;
      this.channels.set(relayed.relay, family, port, ip0, ip1, ip2, ip3, channel);
    }
    this.#timers.set(channel, nowUs + CHANNEL_LIFETIME_US);
  }

  /** A channel's time is over. */
  unbind(channel: Channel): void {
    const { permission, number, peer } = channel;
    this.#timers.remove(channel);
    permission.relayed.allocation.channels.delete(number);
    const { family, ip0, ip1, ip2, ip3, port } = peer;
    this.channels.delete(permission.relayed.relay, family, port, ip0, ip1, ip2, ip3);
    permission.channels--;
    if (permission.channels === 0 && permission.heapIndex < 0) {
      this.#forget(permission);
    }
  }

  #forget(permission: Permission): void {
    const { relayed, peer } = permission;
    this.#timers.remove(permission);
    const { permissions } = relayed.allocation;
    permissions.splice(permissions.indexOf(permission), 1);
    const { family, ip0, ip1, ip2, ip3 } = peer;
    this.permissions.delete(relayed.relay, family, 0, ip0, ip1, ip2, ip3);
  }
}

function portKey({ family, port }: TransportAddress): number {
  return (family << 16) | port;
}

/** Counts up or down; nothing stays of those who have none. */
function count(counts: Map<string, number>, key: string, by: number): void {
  const left = (counts.get(key) ?? 0) + by;
  if (left === 0) {
    counts.delete(key);
  } else {
    counts.set(key, left);
  }
}
