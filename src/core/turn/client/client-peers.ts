// The peers of a TURN client: which are let in, by which channel, and when that must be said again.
import { formatIpAddress, formatTransportAddress, type TransportAddress } from "../../net/transport-address.js";
import { MAX_CHANNEL, MIN_CHANNEL } from "../../stun/stun-constants.js";
import { type Deadlined, DeadlineHeap } from "../../time/deadline-heap.js";
import { type Micros, seconds } from "../../time/units.js";

/** Permissions last 300 s and channels 600: this long before both, and a channel's refresh is a permission's. */
const REFRESH_AFTER_US = seconds(240);

/** One peer. Due when its permission or channel must be refreshed. */
export type ClientPeer = Deadlined & {
  readonly address: TransportAddress;
  /** 0 while there is none. */
  channel: number;
  /** A channel is wanted, bound or not. */
  wantsChannel: boolean;
  isPermitted: boolean;
  isBound: boolean;
  /** A request about it is open. */
  isAsking: boolean;
};

/** All of them, a bounded number. */
export class ClientPeers {
  readonly #byAddress = new Map<string, ClientPeer>();
  readonly #byChannel = new Map<number, ClientPeer>();
  /** How many permitted peers each host has. */
  readonly #hosts = new Map<string, number>();
  readonly #refreshes = new DeadlineHeap<ClientPeer>();
  readonly #maxPeers: number;
  #nextChannel: number = MIN_CHANNEL;

  constructor(maxPeers: number) {
    this.#maxPeers = maxPeers;
  }

  get deadlineUs(): Micros | undefined {
    return this.#refreshes.deadlineUs;
  }

  all(): Iterable<ClientPeer> {
    return this.#byAddress.values();
  }

  get(address: TransportAddress): ClientPeer | undefined {
    return this.#byAddress.get(formatTransportAddress(address));
  }

  ofChannel(channel: number): ClientPeer | undefined {
    return this.#byChannel.get(channel);
  }

  /** The peer of an address, known or new; undefined when there are too many. */
  add(address: TransportAddress): ClientPeer | undefined {
    const known = this.get(address);
    if (known !== undefined || this.#byAddress.size >= this.#maxPeers) {
      return known;
    }
    const peer: ClientPeer = {
      address,
      channel: 0,
      wantsChannel: false,
      isPermitted: false,
      isBound: false,
      isAsking: false,
      deadlineUs: 0,
      heapIndex: -1,
    };
    this.#byAddress.set(formatTransportAddress(address), peer);
    return peer;
  }

  /** Gives a peer a number of its own, never used again; false when there are none left. */
  number(peer: ClientPeer): boolean {
    if (peer.channel === 0 && this.#nextChannel <= MAX_CHANNEL) {
      peer.channel = this.#nextChannel++;
      this.#byChannel.set(peer.channel, peer);
    }
    return peer.channel !== 0;
  }

  /** Whether a host is let in, by whichever of its ports. */
  isHostPermitted(address: TransportAddress): boolean {
    return this.#hosts.has(formatIpAddress(address));
  }

  /** It is let in from now: refresh that in time. True when it was not before. */
  confirmed(peer: ClientPeer, nowUs: Micros): boolean {
    this.#refreshes.set(peer, nowUs + REFRESH_AFTER_US);
    const isNews = !peer.isPermitted;
    if (isNews) {
      const host = formatIpAddress(peer.address);
      this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
      peer.isPermitted = true;
    }
    return isNews;
  }

  remove(peer: ClientPeer): void {
    this.#refreshes.remove(peer);
    const host = formatIpAddress(peer.address);
    const others = (this.#hosts.get(host) ?? 0) - (peer.isPermitted ? 1 : 0);
    if (others > 0) {
      this.#hosts.set(host, others);
    } else {
      this.#hosts.delete(host);
    }
    this.#byAddress.delete(formatTransportAddress(peer.address));
    this.#byChannel.delete(peer.channel);
  }

  /** The next peer that must be refreshed at `nowUs`. */
  takeDue(nowUs: Micros): ClientPeer | undefined {
    return this.#refreshes.takeDue(nowUs);
  }

  clear(): void {
    for (const peer of [...this.#byAddress.values()]) {
      this.remove(peer);
    }
  }
}
