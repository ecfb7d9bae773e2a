// Everything of a TURN server that has a deadline of its own.
import type { Channel, PeerConnection, Permission, RelayedAddress, Reservation } from "./allocation.js";
import type { ClientConnection } from "./client-connection.js";
import type { PendingAllocate } from "./pending-allocate.js";
import type { WaitingRequest } from "./waiting-request.js";

/** One thing that is due some time. */
export type Timed =
  | RelayedAddress
  | Permission
  | Channel
  | Reservation
  | PeerConnection
  | ClientConnection
  | PendingAllocate
  | WaitingRequest;
