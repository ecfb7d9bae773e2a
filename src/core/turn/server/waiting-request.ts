// A request that waits for the credentials hook.
import type { Deadlined } from "../../time/deadline-heap.js";
import type { ClientPath } from "./client-path.js";

/** Owns the message's bytes. Due when the hook has not answered in time. */
export type WaitingRequest = Deadlined & {
  readonly kind: "waiting-request";
  readonly query: number;
  readonly path: ClientPath;
  readonly bytes: Uint8Array;
};
