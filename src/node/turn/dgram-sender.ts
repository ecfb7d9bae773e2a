// Sends datagrams by node:dgram's sockets: through the handle where Node has the one that we know, through `socket.send` otherwise. A
// socket on which something waits takes nothing more: what the system does not take is dropped.
import type { Socket } from "node:dgram";
import { constants } from "node:os";
import type { OutgoingBytes } from "./outgoing-bytes.js";
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
  readonly outgoing: OutgoingBytes;
  readonly counters: SocketCounters;
  /** False keeps to what Node documents; for tests. */
  readonly useHandles?: boolean;
};

/** Sends for all sockets of a port. */
export class DgramSender {
  readonly #outgoing: OutgoingBytes;
  readonly #counters: SocketCounters;
  #usesHandles: boolean;
  #requestClass: SendRequestClass | undefined;
  /** For the next datagram; a new one when that has to wait. */
  #request: SendRequest | undefined;
  readonly #parts: Uint8Array[] = [];
  readonly #sent = (error: Error | null): void => {
    this.#counters.sendFailed += error === null ? 0 : 1;
  };

  constructor({ outgoing, counters, useHandles = true }: DgramSenderOptions) {
    this.#outgoing = outgoing;
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
    if (!this.#isBlocked(sending) && this.#sendNow(sending, this.#outgoing.copy(address, lengthBytes), port, ip)) {
      this.#outgoing.keepLast();
    }
  }

  /** Sends bytes that do not change any more. */
  sendBytes(sending: SendingSocket, bytes: Uint8Array, port: number, ip: string): void {
    if (!this.#isBlocked(sending)) {
      this.#sendNow(sending, bytes, port, ip);
    }
  }

  #isBlocked({ socket, handle, waiting }: SendingSocket): boolean {
    const isBlocked = handle === undefined ? socket.getSendQueueCount() > 0 : waiting > 0;
    this.#counters.sendBufferFull += isBlocked ? 1 : 0;
    return isBlocked;
  }

  /** True when the bytes wait. */
  #sendNow(sending: SendingSocket, bytes: Uint8Array, port: number, ip: string): boolean {
    const { socket, handle } = sending;
    if (handle === undefined || this.#request === undefined) {
      return this.#sendDocumented(socket, bytes, port, ip);
    }
    this.#parts[0] = bytes;
    const result = handle.send(this.#request, this.#parts, 1, port, ip, true);
    if (result > 0) {
      return false;
    }
    if (result < 0) {
      const isFull = result === -constants.errno.ENOBUFS || result === -constants.errno.EAGAIN;
      this.#counters[isFull ? "sendBufferFull" : "sendFailed"]++;
      return false;
    }
    this.#wait(sending, this.#request, bytes);
    return true;
  }

  #wait(sending: SendingSocket, request: SendRequest & { bytes?: Uint8Array }, bytes: Uint8Array): void {
    sending.waiting++;
    // The handle does not hold the bytes, but its request does.
    request.bytes = bytes;
    request.oncomplete = (error) => {
      sending.waiting--;
      this.#counters.sendFailed += error < 0 ? 1 : 0;
    };
    this.#request = this.#requestClass === undefined ? undefined : new this.#requestClass();
  }

  #sendDocumented(socket: Socket, bytes: Uint8Array, port: number, ip: string): boolean {
    try {
      socket.send(bytes, port, ip, this.#sent);
      return socket.getSendQueueCount() > 0;
    } catch {
      this.#counters.sendFailed++;
      return false;
    }
  }
}
