// What a SympleSocketServer is set up with, and what it reports.
import type { Server } from "node:http";
import type { Entropy } from "../../core/crypto/entropy.js";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { JsonObject } from "../../core/symple/json.js";
import type { SympleLimits } from "../../core/symple/limits.js";
import type { SympleServerReport } from "../../core/symple/server-report.js";
import type { Clock } from "../../core/time/clock.js";
import type { SympleAuthenticate } from "./authenticate.js";

/** How a server is set up. */
export type SympleSocketServerOptions = {
  /** Its upgrades are taken over; the caller makes it listen and closes it. */
  readonly httpServer: Server;
  /** Decides who may come in; left out: everybody. */
  readonly authenticate?: SympleAuthenticate;
  /** Origins of other servers' pages that may connect; "*" for all. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<SympleLimits>;
  /** Rooms that every client is in. */
  readonly defaultRooms?: readonly string[];
  /** Whether clients may choose rooms. */
  readonly dynamicRooms?: boolean;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly entropy?: Entropy;
};

/** A virtual peer to be. */
export type VirtualPeerOptions = {
  readonly user: string;
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  /** The room where others find it. */
  readonly room?: string;
  /** Presence data: `capabilities`, `mode`. */
  readonly data?: JsonObject;
};

/** The machine's numbers and those of the sockets. */
export type SympleSocketServerReport = SympleServerReport & {
  /** Upgrades refused: other path, foreign origin, far too many sockets. */
  readonly upgradesRefused: number;
  /** Sockets that broke RFC 6455, oversized frames included. */
  readonly protocolErrors: number;
  /** Sockets cut because they did not read. */
  readonly slowReaders: number;
};
