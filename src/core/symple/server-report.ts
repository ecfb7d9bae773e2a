// The counters of a Symple server: what came, what went on, and what was dropped and why.

/** Counts since the server was made. */
export type SympleServerCounters = {
  /** Connections opened. */
  connectionsOpened: number;
  /** Peers welcomed. */
  peersWelcomed: number;
  /** Frames that came in. */
  framesReceived: number;
  /** Frames that went out to sockets. */
  framesSent: number;
  /** Messages handed to virtual peers. */
  framesDelivered: number;
  /** Messages that reached nobody: no such session or room, or no room shared. */
  unreachable: number;
  /** Frames that were no JSON object, or binary. */
  unparsable: number;
  /** Frames of an unknown type, or out of place. */
  ignored: number;
  /** Frames of a known type and the wrong shape. */
  malformed: number;
  /** Errors sent, by their status: 400, 401, 408, 413, 429, 503. */
  errors: { [status: string]: number };
  /** Peers dropped because they answered no ping. */
  deadPeers: number;
};

/** The state of a server in numbers. */
export type SympleServerReport = {
  /** Sockets open now, authenticated or not. */
  readonly connections: number;
  /** The most there may be. */
  readonly maxConnections: number;
  /** Peers online now, virtual ones included. */
  readonly peers: number;
  /** Rooms with anyone in them. */
  readonly rooms: number;
  readonly counters: Readonly<SympleServerCounters>;
};

/** Counters at zero. */
export function newServerCounters(): SympleServerCounters {
  return {
    connectionsOpened: 0,
    peersWelcomed: 0,
    framesReceived: 0,
    framesSent: 0,
    framesDelivered: 0,
    unreachable: 0,
    unparsable: 0,
    ignored: 0,
    malformed: 0,
    errors: {},
    deadPeers: 0,
  };
}
