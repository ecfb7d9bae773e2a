// The sockets of a Symple server, and which of them is due for a ping or overdue.
import { type Micros, milliseconds } from "../time/units.js";
import type { SympleLimits } from "./limits.js";
import { ServerConnection } from "./server-connection.js";

/** Pings that are due this soon go out together, so that many idle peers cost few rounds. */
const PING_SLACK_US = milliseconds(500);

/** What time has brought. */
export type DueConnections = {
  /** Those who did not sign in, or showed no sign of life, in time. */
  readonly expired: readonly ServerConnection[];
  /** Those who are to be pinged now; counted as pinged. */
  readonly silent: readonly ServerConnection[];
};

const NOTHING_DUE: DueConnections = { expired: [], silent: [] };

/** All connections, by their number. */
export class ConnectionTable {
  readonly #limits: SympleLimits;
  readonly #connections = new Map<number, ServerConnection>();
  /** Never later than the first thing that is due; earlier when a peer was heard meanwhile. */
  #deadlineUs: Micros | undefined;

  constructor(limits: SympleLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** When `due` wants to be asked. */
  get deadlineUs(): Micros | undefined {
    return this.#deadlineUs;
  }

  get(id: number): ServerConnection | undefined {
    return this.#connections.get(id);
  }

  /** Adds a connection; undefined when there is no room for one more. */
  open(id: number, nowUs: Micros): ServerConnection | undefined {
    if (this.#connections.size >= this.#limits.maxConnections) {
      return undefined;
    }
    const connection = new ServerConnection(id, this.#limits, nowUs);
    this.#connections.set(id, connection);
    this.watch(connection);
    return connection;
  }

  /** Takes note of a connection whose deadline may be nearer than before. */
  watch({ deadlineUs }: ServerConnection): void {
    this.#deadlineUs = Math.min(this.#deadlineUs ?? deadlineUs, deadlineUs);
  }

  /** Removes a connection and gives it back; undefined when it is not there. */
  remove(id: number): ServerConnection | undefined {
    const connection = this.#connections.get(id);
    this.#connections.delete(id);
    return connection;
  }

  /** Removes all connections and gives them back. */
  clear(): readonly ServerConnection[] {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    this.#deadlineUs = undefined;
    return all;
  }

  /** Who is due at `nowUs`. Nobody before the deadline. The expired stay in the table: remove them. */
  due(nowUs: Micros): DueConnections {
    if (this.#deadlineUs === undefined || nowUs < this.#deadlineUs) {
      return NOTHING_DUE;
    }
    const expired: ServerConnection[] = [];
    const silent: ServerConnection[] = [];
    this.#deadlineUs = undefined;
    for (const connection of this.#connections.values()) {
      if (nowUs >= connection.expiresUs) {
        expired.push(connection);
        continue;
      }
      if (connection.pingAtUs !== undefined && nowUs >= connection.pingAtUs - PING_SLACK_US) {
        connection.pinged(nowUs);
        silent.push(connection);
      }
      this.watch(connection);
    }
    return { expired, silent };
  }
}
