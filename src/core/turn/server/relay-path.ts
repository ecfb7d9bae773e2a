// The way of a relayed packet: who may send what where, a batch at a time. No objects, no text, nothing allocated per packet.
import type { Micros } from "../../time/units.js";
import type { RelayBatch } from "../relay-batch.js";
import { DONT_FRAGMENT_FLAG, RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../relay-record.js";
import type { Allocation, Permission, RelayedAddress } from "./allocation.js";
import type { AllocationTable } from "./allocation-table.js";
import type { PeerPolicy } from "./peer-policy.js";
import { Meter, Total } from "./relay-meter.js";
import type { RelayDrops, TurnServerCounters } from "./server-counters.js";

/** What the path needs of the server. */
export type RelayPathOptions = {
  readonly table: AllocationTable;
  readonly policy: PeerPolicy;
  readonly counters: TurnServerCounters;
  /** Payload bits a second of one allocation, both directions together. */
  readonly bitrateBps: number;
  /** Whether sockets can forbid fragments; Send indications that ask for it are dropped otherwise (RFC 8656 11.2). */
  readonly canSetDontFragment: boolean;
};

/** At least so much may pass at once, however low the rate. */
const MIN_BURST_BYTES = 65_536;

/** Decides on batches. Every time of a batch is the time that it was given with. */
export class RelayPath {
  /** Payload bytes that an allocation may send at once: what its rate gives in a second. */
  readonly burstBytes: number;
  readonly #table: AllocationTable;
  readonly #policy: PeerPolicy;
  readonly #counters: TurnServerCounters;
  readonly #drops: RelayDrops;
  readonly #bytesPerUs: number;
  readonly #canSetDontFragment: boolean;
  /** What has passed since the server was made, see Total. */
  readonly totals: Float64Array = new Float64Array(4);
  /** The batch's time. Not an argument, which may be boxed at each call. */
  readonly #now = new Float64Array(1);

  constructor({ table, policy, counters, bitrateBps, canSetDontFragment }: RelayPathOptions) {
    this.#table = table;
    this.#policy = policy;
    this.#counters = counters;
    this.#drops = counters.drops;
    this.#bytesPerUs = bitrateBps / 8 / 1_000_000;
    this.burstBytes = Math.max(MIN_BURST_BYTES, bitrateBps / 8);
    this.#canSetDontFragment = canSetDontFragment;
  }

  /**
   * Clients' packets: ChannelData and Send indications become payloads that are ready to go to peers. Other STUN messages stay
   * `control`: the caller reads them. Returns how many are ready.
   */
  fromClients(batch: RelayBatch, nowUs: Micros): number {
    this.#now[0] = nowUs;
    batch.unframe();
    const { words, count } = batch;
    let ready = 0;
    for (let i = 0; i < count; i++) {
      const at = i * RELAY_RECORD_WORDS;
      const kind = words[at + RelayWord.kind];
      if (kind === RelayKind.channelData || kind === RelayKind.send) {
        const isRelayed = kind === RelayKind.send ? this.#relaySend(words, at) : this.#relayChannel(words, at);
        words[at + RelayWord.kind] = isRelayed ? RelayKind.ready : RelayKind.dropped;
        ready += isRelayed ? 1 : 0;
      } else if (kind !== RelayKind.control) {
        words[at + RelayWord.kind] = RelayKind.dropped;
        this.#drops.malformed++;
      }
    }
    return ready;
  }

  /** Peers' datagrams, by relay socket: become ChannelData or Data indications that are ready to go to clients. Returns how many. */
  fromPeers(batch: RelayBatch, nowUs: Micros): number {
    this.#now[0] = nowUs;
    const { words, count } = batch;
    let ready = 0;
    for (let i = 0; i < count; i++) {
      const at = i * RELAY_RECORD_WORDS;
      const isRelayed = this.#relayToClient(words, at);
      ready += isRelayed ? 1 : 0;
      if (!isRelayed) {
        words[at + RelayWord.kind] = RelayKind.dropped;
      }
    }
    if (ready > 0) {
      batch.frame();
    }
    return ready;
  }

  /** Counts bytes of joined streams; false, and nothing counted, when they are over the allocation's rate. */
  admitBytes(allocation: Allocation, direction: "to-peer" | "to-client", lengthBytes: number, nowUs: Micros): boolean {
    this.#now[0] = nowUs;
    if (!this.#take(allocation, lengthBytes)) {
      return false;
    }
    const isToPeer = direction === "to-peer";
    allocation.meter[isToPeer ? Meter.bytesFromClient : Meter.bytesToClient] += lengthBytes;
    this.totals[isToPeer ? Total.bytesToPeers : Total.bytesToClients] += lengthBytes;
    return true;
  }

  #relayChannel(words: Int32Array, at: number): boolean {
    const allocation = this.#allocationOf(words, at);
    if (allocation === undefined) {
      return false;
    }
    const channel = allocation.channels.get(words[at + RelayWord.channel]);
    if (channel === undefined || channel.deadlineUs <= this.#now[0]) {
      this.#drops.noChannel++;
      return false;
    }
    const { peer, permission } = channel;
    if (!this.#mayPass(permission, peer.port)) {
      return false;
    }
    if (!this.#take(allocation, words[at + RelayWord.payloadBytes])) {
      this.#drops.overRate++;
      return false;
    }
    words[at + RelayWord.family] = peer.family;
    words[at + RelayWord.port] = peer.port;
    words[at + RelayWord.ip] = peer.ip0;
    words[at + RelayWord.ip + 1] = peer.ip1;
    words[at + RelayWord.ip + 2] = peer.ip2;
    words[at + RelayWord.ip + 3] = peer.ip3;
    this.#toPeer(words, at, permission.relayed);
    return true;
  }

  #relaySend(words: Int32Array, at: number): boolean {
    const allocation = this.#allocationOf(words, at);
    if (allocation === undefined) {
      return false;
    }
    const family = words[at + RelayWord.peerFamily];
    const relayed = relayedOf(allocation, family);
    if (relayed === undefined || relayed.transport === "tcp" || relayed.deadlineUs <= this.#now[0]) {
      this.#drops.family++;
      return false;
    }
    const ip = at + RelayWord.peerIp;
    const permission = this.#table.permissions.get(
      relayed.relay,
      family,
      0,
      words[ip],
      words[ip + 1],
      words[ip + 2],
      words[ip + 3],
    );
    if (permission === undefined) {
      this.#drops.noPermission++;
      return false;
    }
    const port = words[at + RelayWord.peerPort];
    if (!this.#mayPass(permission, port)) {
      return false;
    }
    if (port === 0 || ((words[at + RelayWord.flags] & DONT_FRAGMENT_FLAG) !== 0 && !this.#canSetDontFragment)) {
      this.#drops.malformed++;
      return false;
    }
    if (!this.#take(allocation, words[at + RelayWord.payloadBytes])) {
      this.#drops.overRate++;
      return false;
    }
    words[at + RelayWord.family] = family;
    words[at + RelayWord.port] = port;
    for (let word = 0; word < 4; word++) {
      words[at + RelayWord.ip + word] = words[ip + word];
    }
    this.#toPeer(words, at, relayed);
    return true;
  }

  #allocationOf(words: Int32Array, at: number): Allocation | undefined {
    const ip = at + RelayWord.ip;
    const allocation = this.#table.clients.get(
      words[at + RelayWord.socket],
      words[at + RelayWord.family],
      words[at + RelayWord.port],
      words[ip],
      words[ip + 1],
      words[ip + 2],
      words[ip + 3],
    );
    if (allocation === undefined || !allocation.isOpen) {
      this.#drops.noAllocation++;
      return undefined;
    }
    return allocation;
  }

  /** The permission holds and the policy does. Asked at every send, because both may have changed. */
  #mayPass(permission: Permission, port: number): boolean {
    if (permission.deadlineUs <= this.#now[0]) {
      this.#drops.noPermission++;
      return false;
    }
    const isAllowed =
      permission.policyVersion === this.#policy.version && !permission.dependsOnPort
        ? true
        : this.#policy.allows(permission.peer, port);
    if (!isAllowed) {
      this.#drops.denied++;
      this.#counters.deniedPeers++;
    }
    return isAllowed;
  }

  #toPeer(words: Int32Array, at: number, relayed: RelayedAddress): void {
    const lengthBytes = words[at + RelayWord.payloadBytes];
    words[at + RelayWord.socket] = relayed.relay;
    words[at + RelayWord.address] = words[at + RelayWord.payloadAddress];
    words[at + RelayWord.lengthBytes] = lengthBytes;
    relayed.allocation.meter[Meter.bytesFromClient] += lengthBytes;
    this.totals[Total.packetsToPeers]++;
    this.totals[Total.bytesToPeers] += lengthBytes;
  }

  #relayToClient(words: Int32Array, at: number): boolean {
    const relay = words[at + RelayWord.socket];
    const relayed = this.#table.relays.get(relay);
    if (relayed === undefined || relayed.deadlineUs <= this.#now[0] || !relayed.allocation.isOpen) {
      this.#drops.noAllocation++;
      return false;
    }
    const ip = at + RelayWord.ip;
    const family = words[at + RelayWord.family];
    const port = words[at + RelayWord.port];
    const ip0 = words[ip];
    const ip1 = words[ip + 1];
    const ip2 = words[ip + 2];
    const ip3 = words[ip + 3];
    const channel = this.#table.channels.get(relay, family, port, ip0, ip1, ip2, ip3);
    const permission = channel?.permission ?? this.#table.permissions.get(relay, family, 0, ip0, ip1, ip2, ip3);
    if (permission === undefined || permission.deadlineUs <= this.#now[0]) {
      this.#drops.noPermission++;
      return false;
    }
    const { allocation } = relayed;
    const lengthBytes = words[at + RelayWord.lengthBytes];
    if (!this.#take(allocation, lengthBytes)) {
      this.#drops.overRate++;
      return false;
    }
    if (channel !== undefined && channel.deadlineUs > this.#now[0]) {
      words[at + RelayWord.kind] = RelayKind.toChannel;
      words[at + RelayWord.channel] = channel.number;
    } else {
      words[at + RelayWord.kind] = RelayKind.toIndication;
      words[at + RelayWord.peerFamily] = family;
      words[at + RelayWord.peerPort] = port;
      words[at + RelayWord.peerIp] = ip0;
      words[at + RelayWord.peerIp + 1] = ip1;
      words[at + RelayWord.peerIp + 2] = ip2;
      words[at + RelayWord.peerIp + 3] = ip3;
    }
    const { socket, isStream, remote } = allocation.client;
    words[at + RelayWord.socket] = socket;
    words[at + RelayWord.family] = isStream ? 0 : remote.family;
    words[at + RelayWord.port] = remote.port;
    words[ip] = remote.ip0;
    words[ip + 1] = remote.ip1;
    words[ip + 2] = remote.ip2;
    words[ip + 3] = remote.ip3;
    allocation.meter[Meter.bytesToClient] += lengthBytes;
    this.totals[Total.packetsToClients]++;
    this.totals[Total.bytesToClients] += lengthBytes;
    return true;
  }

  #take({ meter }: Allocation, lengthBytes: number): boolean {
    const elapsedUs = this.#now[0] - meter[Meter.sinceUs];
    if (elapsedUs > 0) {
      meter[Meter.tokens] = Math.min(this.burstBytes, meter[Meter.tokens] + elapsedUs * this.#bytesPerUs);
      meter[Meter.sinceUs] = this.#now[0];
    }
    if (meter[Meter.tokens] < lengthBytes) {
      return false;
    }
    meter[Meter.tokens] -= lengthBytes;
    return true;
  }
}

/** The allocation's relayed address of a family. */
export function relayedOf({ relayed }: Allocation, family: number): RelayedAddress | undefined {
  for (let i = 0; i < relayed.length; i++) {
    if (relayed[i].address.family === family) {
      return relayed[i];
    }
  }
  return undefined;
}
