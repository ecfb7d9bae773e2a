// A Symple client that runs: the client machine on a clock and a socket. The skins only bring the socket.

import type { FloeError } from "../error/floe-error.js";
import { MachineDriver } from "../net/machine-driver.js";
import { Signal } from "../signal/signal.js";
import type { Clock } from "../time/clock.js";
import type { SympleClientInput, SympleClientOutput, SympleClientState } from "./client-io.js";
import type { JsonObject } from "./json.js";
import type { MessagePort, OutgoingMessage, PeerMessage } from "./peer-message.js";
import type { Roster } from "./roster.js";
import type { RemotePeer } from "./server-frame.js";
import { SympleClient, type SympleClientOptions } from "./symple-client.js";
import { SympleSignaller } from "./symple-signaller.js";

/** A WebSocket, as a client uses it. */
export interface SympleSocket {
  /** Sends one text frame. Called between `opened` and `closed` only. */
  send(text: string): void;
  /** Closes, at any time. What the socket tells after that is not listened to. */
  close(code: number, reason: string): void;
}

/** What a socket tells. `closed` comes once, also when the socket could not be opened. */
export interface SympleSocketEvents {
  opened(): void;
  text(text: string): void;
  closed(code: number, reason: string): void;
}

/** Begins to open a socket to the server. A throw counts as a socket that could not be opened. */
export type OpenSympleSocket = (events: SympleSocketEvents) => SympleSocket;

/** What an endpoint is made of. */
export type SympleEndpointOptions = SympleClientOptions & {
  readonly clock: Clock;
  readonly openSocket: OpenSympleSocket;
  /** Hears of a listener of ours that threw; nothing else happens then. */
  readonly listenerFailed: (error: unknown) => void;
};

/** Who is online, live. */
export type SympleRoster = {
  /** Everybody, in the order they came; without this client itself. */
  readonly peers: readonly RemotePeer[];
  /** The peer of a session id. */
  get(id: string): RemotePeer | undefined;
  readonly peerAdded: Signal<RemotePeer>;
  readonly peerChanged: Signal<RemotePeer>;
  readonly peerRemoved: Signal<RemotePeer>;
};

/** One client: opens, signs in, stays, comes back. */
export class SympleEndpoint implements MessagePort {
  /** A new state; the same as `state`. */
  readonly changed: Signal<SympleClientState> = new Signal();
  /** A message from a peer, or the server's shutdown notice. */
  readonly received: Signal<PeerMessage> = new Signal();
  /** The server refused a message or a room and kept the connection. */
  readonly refused: Signal<FloeError> = new Signal();
  /** Who else is online. */
  readonly roster: SympleRoster;
  readonly #client: SympleClient;
  readonly #driver: MachineDriver<SympleClientInput, SympleClientOutput>;
  readonly #openSocket: OpenSympleSocket;
  readonly #listenerFailed: (error: unknown) => void;
  #socket: SympleSocket | undefined;
  /** The events of the socket in use; those of older ones are not listened to. */
  #events: SympleSocketEvents | undefined;
  #signaller: SympleSignaller | undefined;
  #hurriers = 0;

  constructor(options: SympleEndpointOptions) {
    this.#client = new SympleClient(options);
    this.#openSocket = options.openSocket;
    this.#listenerFailed = options.listenerFailed;
    this.#driver = new MachineDriver(this.#client, options.clock, (output) => this.#perform(output));
    this.roster = liveRoster(this.#client.roster);
  }

  /** Where the client stands. */
  get state(): SympleClientState {
    return this.#client.state;
  }

  /** The rooms it is in, while online. */
  get rooms(): readonly string[] {
    return this.#client.rooms;
  }

  /** Connects; while it waits to reconnect, at once. Quiet when it is connected or about to be. */
  open(): void {
    this.#driver.handle({ kind: "open" });
  }

  /** Goes offline and stays there until `open`. */
  close(): void {
    this.#driver.handle({ kind: "close" });
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Somebody waits for the server until the answer is disposed of: a lost connection is tried again every 3 s at the
   * latest, instead of every 30 s. Several may wait at once.
   */
  hurry(): Disposable {
    let isHeld = true;
    this.#hurriers++;
    this.#driver.handle({ kind: "hurry", isHurried: true });
    return {
      [Symbol.dispose]: () => {
        if (isHeld) {
          isHeld = false;
          this.#hurriers--;
          this.#driver.handle({ kind: "hurry", isHurried: this.#hurriers > 0 });
        }
      },
    };
  }

  send(message: OutgoingMessage): boolean {
    if (this.state.kind !== "online") {
      return false;
    }
    this.#driver.handle({ kind: "send", message });
    return true;
  }

  /** Joins a room, now when online and again after each reconnection. */
  join(room: string): void {
    this.#driver.handle({ kind: "join", room });
  }

  /** Leaves a room for good. */
  leave(room: string): void {
    this.#driver.handle({ kind: "leave", room });
  }

  /** Adds to what others see of this client, key by key; kept over reconnections. */
  setPresence(data: JsonObject): void {
    this.#driver.handle({ kind: "presence", data });
  }

  /** Carries calls over this client. The same object each time. */
  signaller(): SympleSignaller {
    this.#signaller ??= new SympleSignaller(this);
    return this.#signaller;
  }

  #perform(output: SympleClientOutput): void {
    try {
      switch (output.kind) {
        case "connect":
          this.#connect();
          break;
        case "text":
          this.#socket?.send(output.text);
          break;
        case "disconnect":
          this.#disconnect(output.code, output.reason);
          break;
        case "state":
          this.changed.emit(output.state);
          break;
        case "received":
          this.received.emit(output.message);
          break;
        case "refused":
          this.refused.emit(output.error);
          break;
        case "peer-added":
          this.roster.peerAdded.emit(output.peer);
          break;
        case "peer-changed":
          this.roster.peerChanged.emit(output.peer);
          break;
        case "peer-removed":
          this.roster.peerRemoved.emit(output.peer);
          break;
      }
    } catch (error) {
      this.#listenerFailed(error);
    }
  }

  #connect(): void {
    const isCurrent = (): boolean => this.#events === events;
    const events: SympleSocketEvents = {
      opened: () => {
        if (isCurrent()) {
          this.#driver.handle({ kind: "socket-opened" });
        }
      },
      text: (text) => {
        if (isCurrent()) {
          this.#driver.handle({ kind: "socket-text", text });
        }
      },
      closed: (code, reason) => {
        if (isCurrent()) {
          this.#events = undefined;
          this.#socket = undefined;
          this.#driver.handle({ kind: "socket-closed", code, reason });
        }
      },
    };
    this.#events = events;
    try {
      this.#socket = this.#openSocket(events);
    } catch (error) {
      events.closed(1006, "");
      this.#listenerFailed(error);
    }
  }

  #disconnect(code: number, reason: string): void {
    const socket = this.#socket;
    this.#events = undefined;
    this.#socket = undefined;
    socket?.close(code, reason);
  }
}

function liveRoster(roster: Pick<Roster, "peers" | "get">): SympleRoster {
  return {
    get peers() {
      return roster.peers;
    },
    get: (id) => roster.get(id),
    peerAdded: new Signal(),
    peerChanged: new Signal(),
    peerRemoved: new Signal(),
  };
}
