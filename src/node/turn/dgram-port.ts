// UDP by node:dgram: works everywhere. What comes in within one turn of the loop is one batch.
import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { formatIpAddress, type TransportAddress } from "../../core/net/transport-address.js";
import { RelayBatch } from "../../core/turn/relay-batch.js";
import { RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../../core/turn/relay-record.js";
import { AddressTexts } from "./address-texts.js";
import type { BindResult, DatagramPort, DatagramPortOptions, DatagramSide } from "./datagram-port.js";
import { DgramSender, type SendingSocket } from "./dgram-sender.js";
import type { SocketCounters } from "./socket-counters.js";
import { takeMessages } from "./udp-handle.js";

/** Room that sockets ask the system for; it may give less, and takes the memory only when it is used. */
const BUFFER_BYTES = { clients: 8_388_608, peers: 1_048_576 } as const;

/** node:dgram's sockets by side and number. */
export class DgramPort implements DatagramPort {
  readonly kind = "dgram";
  readonly #counters: SocketCounters;
  readonly #receive: DatagramPortOptions["receive"];
  readonly #sockets: { readonly [side in DatagramSide]: Map<number, SendingSocket> } = {
    clients: new Map(),
    peers: new Map(),
  };
  readonly #batches: { readonly [side in DatagramSide]: RelayBatch };
  readonly #texts = new AddressTexts();
  readonly #sender: DgramSender;
  #flushing: NodeJS.Immediate | undefined;
  #isEnded = false;

  /** Throws `kernel/arena-full`. `useHandles` false keeps to what Node documents. */
  constructor(
    { kernels, arena, entropy, counters, receive }: DatagramPortOptions,
    { useHandles = true }: { readonly useHandles?: boolean } = {},
  ) {
    this.#counters = counters;
    this.#receive = receive;
    const batch = (name: string): RelayBatch => new RelayBatch({ kernels, arena, entropy, name });
    this.#batches = { clients: batch("turn clients"), peers: batch("turn peers") };
    this.#sender = new DgramSender({ arena, counters, useHandles });
  }

  size(side: DatagramSide): number {
    return this.#sockets[side].size;
  }

  bind(side: DatagramSide, number: number, address: TransportAddress, done: (result: BindResult) => void): void {
    const socket = createSocket(socketOptions(address));
    const sending: SendingSocket = { socket, handle: undefined, waiting: 0 };
    this.#sockets[side].set(number, sending);
    const isMine = (): boolean => this.#sockets[side].get(number) === sending;
    const listening = (): void => {
      if (!isMine()) {
        return;
      }
      socket.off("error", failed).on("error", () => this.#counters.receiveFailed++);
      this.#sender.bound(sending);
      const batch = this.#batches[side];
      const received = (bytes: Uint8Array, from: RemoteInfo): void => this.#message(batch, number, bytes, from);
      const { handle } = sending;
      if (handle === undefined || !takeMessages(handle, received, () => this.#counters.receiveFailed++)) {
        socket.on("message", received);
      }
      growBuffers(socket, BUFFER_BYTES[side]);
      done({ port: socket.address().port });
    };
    const failed = (error: Error): void => {
      socket.off("listening", listening);
      if (isMine()) {
        this.#sockets[side].delete(number);
        closeQuietly(socket);
        done({ error });
      }
    };
    socket.once("listening", listening).on("error", failed);
    socket.bind({ port: address.port, address: formatIpAddress(address), exclusive: true });
  }

  send(batch: RelayBatch, side: DatagramSide): void {
    const { words, count } = batch;
    const sockets = this.#sockets[side];
    for (let i = 0; i < count; i++) {
      const at = i * RELAY_RECORD_WORDS;
      if (words[at + RelayWord.kind] !== RelayKind.ready || words[at + RelayWord.family] === 0) {
        continue;
      }
      const sending = sockets.get(words[at + RelayWord.socket]);
      if (sending !== undefined) {
        const [address, lengthBytes] = [words[at + RelayWord.address] >>> 0, words[at + RelayWord.lengthBytes]];
        this.#sender.send(sending, address, lengthBytes, words[at + RelayWord.port], this.#texts.format(words, i));
      }
    }
  }

  sendOne(number: number, to: TransportAddress, bytes: Uint8Array): void {
    const sending = this.#sockets.clients.get(number);
    if (sending !== undefined) {
      this.#sender.sendBytes(sending, bytes, to.port, formatIpAddress(to));
    }
  }

  close(side: DatagramSide, number: number): void {
    const sending = this.#sockets[side].get(number);
    if (sending !== undefined) {
      this.#sockets[side].delete(number);
      closeQuietly(sending.socket);
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    clearImmediate(this.#flushing);
    const all = [...this.#sockets.clients.values(), ...this.#sockets.peers.values()];
    const closed = all.map(({ socket }) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
    for (const side of ["clients", "peers"] as const) {
      for (const number of [...this.#sockets[side].keys()]) {
        this.close(side, number);
      }
    }
    await Promise.all(closed);
  }

  #message(batch: RelayBatch, number: number, bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#isEnded || bytes.length > batch.maxPacketBytes) {
      this.#counters.tooLong += this.#isEnded ? 0 : 1;
      return;
    }
    const { family, ip0, ip1, ip2, ip3 } = this.#texts.parse(from.address);
    const i = batch.count;
    batch.memory.bytes.set(bytes, batch.slotAddress(i));
    batch.setReceived(i, bytes.length, number, family, from.port, ip0, ip1, ip2, ip3);
    batch.count = i + 1;
    if (batch.count === batch.capacity) {
      this.#flush(batch === this.#batches.clients ? "clients" : "peers");
    } else {
      this.#flushing ??= setImmediate(this.#flushAll);
    }
  }

  readonly #flushAll = (): void => {
    this.#flushing = undefined;
    this.#flush("clients");
    this.#flush("peers");
  };

  #flush(side: DatagramSide): void {
    const batch = this.#batches[side];
    if (batch.count > 0 && !this.#isEnded) {
      this.#receive(side, batch);
    }
    batch.count = 0;
  }
}

/** The address is one already: no trip through the resolver, which would make each send asynchronous. */
function socketOptions({ family }: TransportAddress): SocketOptions {
  return {
    type: family === 4 ? "udp4" : "udp6",
    ipv6Only: family === 6,
    lookup: (address, _options, callback) => callback(null, address, family),
  };
}

function growBuffers(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
    socket.setSendBufferSize(bytes);
  } catch {
    // The system's own size does, too.
  }
}

function closeQuietly(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // It is closed already.
  }
}
