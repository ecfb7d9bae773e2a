// The rooms of a client: those it wants, over all connections, and those that the server has confirmed on this one.
import { isName } from "./address.js";

/** Most rooms that are asked for. */
const MAX_WANTED_ROOMS = 32;

/** Wanted and confirmed rooms. */
export class ClientRooms {
  readonly #wanted = new Set<string>();
  readonly #confirmed = new Set<string>();

  /** What to ask for when signing in. */
  get wanted(): readonly string[] {
    return [...this.#wanted];
  }

  /** Where the server says we are. */
  get confirmed(): readonly string[] {
    return [...this.#confirmed];
  }

  /** Wants a room from now on. What cannot be a room, and what is beyond 32 rooms, is not wanted. */
  want(room: string): void {
    if (isName(room) && this.#wanted.size < MAX_WANTED_ROOMS) {
      this.#wanted.add(room);
    }
  }

  /** Wants a room no longer. */
  unwant(room: string): void {
    this.#wanted.delete(room);
  }

  /** A new connection: takes the rooms of its welcome, and tells which wanted ones are not among them. */
  welcome(rooms: Iterable<string>): readonly string[] {
    this.lost();
    for (const room of rooms) {
      this.#confirmed.add(room);
    }
    return this.wanted.filter((room) => !this.#confirmed.has(room));
  }

  /** The server says that we have joined. */
  joined(room: string): void {
    this.#confirmed.add(room);
  }

  /** The server says that we have left. */
  left(room: string): void {
    this.#confirmed.delete(room);
  }

  /** The connection is gone, and every confirmation with it. */
  lost(): void {
    this.#confirmed.clear();
  }
}
