// A request on its way through the server: who sent it and how its answer is signed.
import type { StunKey } from "../../stun/stun-key.js";
import type { ClientPath } from "./client-path.js";

/** A client's proof, once it was checked. */
export type RequestAuth = {
  readonly key: StunKey;
  /** Who it is, for quotas. */
  readonly user: string;
  /** The name or hash that was told, as it came. */
  readonly identity: string;
  readonly integrity: "sha1" | "sha256";
};

/** What must be kept of a request until it is answered. Owns its bytes. */
export type TurnRequest = {
  readonly path: ClientPath;
  readonly method: number;
  readonly transactionId: Uint8Array;
  readonly hasFingerprint: boolean;
  /** Undefined for requests that have proven nothing. */
  readonly auth: RequestAuth | undefined;
};
