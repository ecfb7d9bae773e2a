// A client's stream: cut into frames until a ConnectionBind makes it a pipe to a peer.
import type { TransportAddress } from "../../net/transport-address.js";
import type { StreamAssembler } from "../../stun/stream-assembler.js";
import type { Deadlined } from "../../time/deadline-heap.js";
import type { PeerConnection } from "./allocation.js";

/** Due when it has been without an allocation too long. */
export type ClientConnection = Deadlined & {
  readonly kind: "client-connection";
  readonly connection: number;
  readonly remote: TransportAddress;
  readonly assembler: StreamAssembler;
  /** The pipe's other end, once there is one. */
  bridgedTo: PeerConnection | undefined;
  /** It was told to close: what still comes is not read. */
  isClosing: boolean;
};
