// An Allocate request whose sockets are being opened.
import type { TransportAddress } from "../../net/transport-address.js";
import type { Deadlined } from "../../time/deadline-heap.js";
import type { AllocatePlan } from "./allocate-plan.js";
import type { Allocation } from "./allocation.js";
import type { TurnRequest } from "./turn-request.js";

/** A socket being opened. */
export type Opening = {
  readonly relay: number;
  readonly address: TransportAddress;
  /** Its place in the allocation. */
  readonly role: "first" | "ipv6" | "reserved";
  isOpen: boolean;
};

/** An Allocate request whose sockets are being opened. Due when they take too long. */
export type PendingAllocate = Deadlined & {
  readonly kind: "pending-allocate";
  readonly request: TurnRequest;
  readonly allocation: Allocation;
  readonly plan: AllocatePlan;
  readonly sockets: Opening[];
  /** Why there is no IPv6 beside; 0 while nothing is wrong. */
  ipv6Error: number;
  tries: number;
};
