// What a TURN server remembers: allocations with their relayed addresses, permissions and channels (RFC 8656 3), and reservations.
import type { TransportAddress } from "../../net/transport-address.js";
import type { StunKey } from "../../stun/stun-key.js";
import type { Deadlined } from "../../time/deadline-heap.js";
import type { Micros } from "../../time/units.js";
import type { ClientPath } from "./client-path.js";
import { Meter } from "./relay-meter.js";
import type { TurnRequest } from "./turn-request.js";

/** A socket on which peers are met. Due when its lifetime is over. */
export type RelayedAddress = Deadlined & {
  readonly kind: "relayed-address";
  /** The relay socket's number. */
  readonly relay: number;
  readonly transport: "udp" | "tcp";
  /** As peers see it. */
  readonly address: TransportAddress;
  readonly allocation: Allocation;
};

/** Leave for a peer's host to be heard and sent to. Due when it expires. */
export type Permission = Deadlined & {
  readonly kind: "permission";
  readonly relayed: RelayedAddress;
  /** The port does not count. */
  readonly peer: TransportAddress;
  /** Channels bound to this host: the permission's record stays while there are any. */
  channels: number;
  /** The policy's version that allowed the peer. */
  policyVersion: number;
  /** The policy looks at ports, too, and may change its mind. */
  dependsOnPort: boolean;
};

/** A number for a peer. Due when its binding expires. */
export type Channel = Deadlined & {
  readonly kind: "channel";
  readonly number: number;
  readonly peer: TransportAddress;
  readonly permission: Permission;
};

/** A port that was reserved by EVEN-PORT. Due when nobody came for it. */
export type Reservation = Deadlined & {
  readonly kind: "reservation";
  readonly token: string;
  readonly relay: number;
  readonly address: TransportAddress;
  readonly user: string;
};

/** A TCP connection with a peer (RFC 6062): opened by Connect or by the peer, then joined with a client's stream. Due when it has not come further in time. */
export type PeerConnection = Deadlined & {
  readonly kind: "peer-connection";
  /** Its number, and its CONNECTION-ID on the wire. */
  readonly id: number;
  readonly relayed: RelayedAddress;
  readonly peer: TransportAddress;
  state:
    | { readonly kind: "connecting"; readonly request: TurnRequest }
    | { readonly kind: "waiting" }
    | { readonly kind: "bridged"; readonly connection: number };
};

/** One client's allocation. */
export class Allocation {
  readonly client: ClientPath;
  /** For quotas: who pays. */
  readonly user: string;
  /** The USERNAME or USERHASH that made it: nobody else may change it. */
  readonly identity: string;
  /** What its requests are signed with. */
  readonly key: StunKey;
  /** The Allocate request's in hexadecimal, so that a repeated one gets the same answer. */
  readonly transactionId: string;
  /** The answer to the Allocate request, until its client shows by another request that it has got it. */
  response: Uint8Array | undefined;
  /** Its sockets are open and its client was told. */
  isOpen = false;
  /** One, or one of each family. */
  readonly relayed: RelayedAddress[] = [];
  /** By number. */
  readonly channels: Map<number, Channel> = new Map();
  readonly permissions: Permission[] = [];
  readonly peerConnections: PeerConnection[] = [];
  /** Rate and bytes, see Meter. */
  readonly meter: Float64Array = new Float64Array(4);

  constructor(options: {
    readonly client: ClientPath;
    readonly user: string;
    readonly identity: string;
    readonly key: StunKey;
    readonly transactionId: string;
    readonly tokens: number;
    readonly nowUs: Micros;
  }) {
    this.client = options.client;
    this.user = options.user;
    this.identity = options.identity;
    this.key = options.key;
    this.transactionId = options.transactionId;
    this.meter[Meter.tokens] = options.tokens;
    this.meter[Meter.sinceUs] = options.nowUs;
  }

  /** TCP towards peers (RFC 6062). */
  get isTcp(): boolean {
    return this.relayed.some(({ transport }) => transport === "tcp");
  }
}
