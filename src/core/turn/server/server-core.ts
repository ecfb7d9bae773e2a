// What the parts of a TURN server share.
import type { Entropy } from "../../crypto/entropy.js";
import type { IpFamily, TransportAddress } from "../../net/transport-address.js";
import type { DeadlineHeap } from "../../time/deadline-heap.js";
import type { PeerConnection } from "./allocation.js";
import type { AllocationTable } from "./allocation-table.js";
import type { PeerPolicy } from "./peer-policy.js";
import type { PortPool } from "./port-pool.js";
import type { RelayPath } from "./relay-path.js";
import type { Replies } from "./replies.js";
import type { TurnServerCounters } from "./server-counters.js";
import type { TurnServerOutput } from "./server-io.js";
import type { TurnLimits } from "./server-limits.js";
import type { Timed } from "./timed.js";

/** One server's state and services. */
export type ServerCore = {
  readonly entropy: Entropy;
  readonly limits: TurnLimits;
  readonly table: AllocationTable;
  readonly timers: DeadlineHeap<Timed>;
  /** By number. */
  readonly peerConnections: Map<number, PeerConnection>;
  readonly policy: PeerPolicy;
  readonly path: RelayPath;
  readonly replies: Replies;
  readonly counters: TurnServerCounters;
  readonly push: (output: TurnServerOutput) => void;
  /** The address that peers see, by family; a family without one is not offered. */
  readonly relayAddresses: ReadonlyMap<IpFamily, TransportAddress>;
  readonly ports: { readonly udp: ReadonlyMap<IpFamily, PortPool>; readonly tcp: ReadonlyMap<IpFamily, PortPool> };
  readonly canSetDontFragment: boolean;
  /** The next number of a relay socket. */
  readonly nextRelay: () => number;
};
