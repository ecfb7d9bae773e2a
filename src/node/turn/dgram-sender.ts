// Sends datagrams by node:dgram's sockets: through the handle where Node has the one that we know, through `socket.send` otherwise. A
// socket on which something waits takes nothing more: what the system does not take is dropped.
import type { Socket } from "node:dgram";
import { constants } from "node:os";
import type { Arena } from "../../core/kernel/arena.js";
import { OutgoingBytes } from "./outgoing-bytes.js";
import type { SocketCounters } from "./socket-counters.js";
import {
  type SendRequest,
  type SendRequestClass,
  sendRequestClassOf,
  type UdpHandle,
  udpHandleOf,
} from "./udp-handle.js";

/** A socket to send from. */
export type SendingSocket = {
  readonly socket: Socket;
  /** Undefined until it is bound, and where Node has none that we know. */
  handle: UdpHandle | undefined;
  /** Datagrams that wait in the handle. */
  waiting: number;
};

/** What a sender is made of. */
export type DgramSenderOptions = {
  readonly arena: Arena;
  readonly counters: SocketCounters;
  /** False keeps to what Node documents; for tests. */
  readonly useHandles?: boolean;
};

/** Sends for all sockets of a port. */
export class DgramSender {
  readonly #outgoing: OutgoingBytes;
  readonly #memory: Uint8Array;
  readonly #counters: SocketCounters;
  #usesHandles: boolean;
  #requestClass: SendRequestClass | undefined;
  /** For the next datagram; a new one when that has to wait. */
  #request: SendRequest | undefined;
  readonly #parts: Uint8Array[] = [];
  readonly #sent = (error: Error | null): void => {
    this.#counters.sendFailed += error === null ? 0 : 1;
  };

  /** Throws `kernel/arena-full`. */
  constructor({ arena, counters, useHandles = true }: DgramSenderOptions) {
    this.#memory = arena.memory.bytes;
    this.#outgoing = new OutgoingBytes(arena);
    this.#counters = counters;
    this.#usesHandles = useHandles;
  }

  /** A socket was bound: finds the quick way of sending from it. */
  bound(sending: SendingSocket): void {
    const handle = this.#usesHandles ? udpHandleOf(sending.socket) : undefined;
    if (handle === undefined) {
      return;
    }
    this.#requestClass ??= sendRequestClassOf(sending.socket, handle);
    if (this.#requestClass === undefined) {
      this.#usesHandles = false;
      return;
    }
    this.#request ??= new this.#requestClass();
    sending.handle = handle;
  }

  /** Sends a packet of the arena. */
  send(sending: SendingSocket, address: number, lengthBytes: number, port: number, ip: string): void {
    const { handle } = sending;
    if (this.#isBlocked(sending)) {
      this.#counters.sendBufferFull++;
    } else if (handle === undefined) {
      const bytes = Buffer.from(this.#memory.subarray(address, address + lengthBytes));
      this.#sendDocumented(sending.socket, bytes, port, ip);
    } else if (this.#outgoing.isFull) {
      this.#counters.sendBufferFull++;
    } else if (this.#sendByHandle(handle, this.#outgoing.copy(address, lengthBytes), port, ip)) {
      const place = this.#outgoing.keep();
      this.#wait(sending, () => this.#outgoing.release(place));
    }
  }

  /** Sends bytes that do not change any more. */
  sendBytes(sending: SendingSocket, bytes: Uint8Array, port: number, ip: string): void {
    const { handle } = sending;
    if (this.#isBlocked(sending)) {
      this.#counters.sendBufferFull++;
    } else if (handle === undefined) {
      this.#sendDocumented(sending.socket, bytes, port, ip);
    } else if (this.#sendByHandle(handle, bytes, port, ip)) {
      // Held by its request until it has left.
      this.#wait(sending, () => bytes);
    }
  }

  #isBlocked({ socket, handle, waiting }: SendingSocket): boolean {
    return handle === undefined ? socket.getSendQueueCount() > 0 : waiting > 0;
  }

  /** True when the bytes wait: they and the request are the handle's then. */
  #sendByHandle(handle: UdpHandle, bytes: Uint8Array, port: number, ip: string): boolean {
    this.#parts[0] = bytes;
    const result = handle.send(this.#request as SendRequest, this.#parts, 1, port, ip, true);
    if (result < 0) {
      const isFull = result === -constants.errno.ENOBUFS || result === -constants.errno.EAGAIN;
      this.#counters[isFull ? "sendBufferFull" : "sendFailed"]++;
    }
    return result === 0;
  }

  #wait(sending: SendingSocket, left: () => unknown): void {
    sending.waiting++;
    const request = this.#request as SendRequest;
    request.oncomplete = (error) => {
      sending.waiting--;
      this.#counters.sendFailed += error < 0 ? 1 : 0;
      left();
    };
    this.#request = new (this.#requestClass as SendRequestClass)();
  }

  #sendDocumented(socket: Socket, bytes: Uint8Array, port: number, ip: string): void {
    try {
      socket.send(bytes, port, ip, this.#sent);
    } catch {
      this.#counters.sendFailed++;
    }
  }
}
