// UDP by recvmmsg and sendmmsg: up to 64 datagrams a system call, straight into the batch's slots and out of them. Sockets are the
// system's own, watched by one epoll descriptor that Node's loop watches.
import { getSystemErrorName } from "node:util";
import type { TransportAddress } from "../../core/net/transport-address.js";
import { RelayBatch } from "../../core/turn/relay-batch.js";
import { RELAY_RECORD_WORDS, RelayKind, RelayWord } from "../../core/turn/relay-record.js";
import { BatchSender } from "./batch-sender.js";
import type { BindResult, DatagramPort, DatagramPortOptions, DatagramSide } from "./datagram-port.js";
import { Errno, type LinuxCalls, SOCK_DGRAM_NONBLOCK_CLOEXEC } from "./linux-calls.js";
import { AF_INET, AF_INET6, MESSAGE_BYTES, MessageBlock, NAME4_BYTES, NAME6_BYTES } from "./message-block.js";
import type { SocketCounters } from "./socket-counters.js";

const BATCH = 64;
const EPOLL_CLOEXEC = 0o2_000_000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const MSG_DONTWAIT = 0x40;
/** Room that sockets ask the system for; it may give less, and takes the memory only when it is used. */
const BUFFER_BYTES = { clients: 8_388_608, peers: 1_048_576 } as const;
/** struct epoll_event is packed on x64 only. */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA_AT = process.arch === "x64" ? 4 : 8;
/** Under load the loop has its turn after so many rounds over the sockets that are ready. */
const MAX_ROUNDS = 16;

type Socket = {
  readonly fd: number;
  readonly number: number;
  readonly side: DatagramSide;
  readonly family: 4 | 6;
  readonly index: number;
  /** While a batch is sent: the first and last of its packets that leave here. */
  head: number;
  tail: number;
};

/** The system's sockets by side and number. */
export class KoffiPort implements DatagramPort {
  readonly kind = "koffi";
  readonly #calls: LinuxCalls;
  readonly #counters: SocketCounters;
  readonly #receive: DatagramPortOptions["receive"];
  readonly #sides: { readonly [side in DatagramSide]: Map<number, Socket> } = { clients: new Map(), peers: new Map() };
  /** By what epoll tells. */
  readonly #sockets: (Socket | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  readonly #batches: { readonly [side in DatagramSide]: RelayBatch };
  readonly #incoming: { readonly [side in DatagramSide]: MessageBlock };
  readonly #sender: BatchSender;
  /** An address for system calls. */
  readonly #name: MessageBlock;
  readonly #memory: DatagramPortOptions["arena"]["memory"];
  readonly #base: number;
  readonly #scratch: number;
  readonly #eventsAt: number;
  readonly #next = new Int32Array(1024);
  readonly #leaving: Socket[] = [];
  readonly #poller: number;
  readonly #watching: { close(): void };
  #isEnded = false;

  /** Throws `kernel/arena-full`, and Error where epoll is not to be had. */
  constructor(
    { kernels, arena, entropy, counters, receive }: DatagramPortOptions,
    { calls, canSegment }: { readonly calls: LinuxCalls; readonly canSegment: boolean },
  ) {
    this.#calls = calls;
    this.#counters = counters;
    this.#receive = receive;
    this.#memory = arena.memory;
    const base = calls.addressOf(arena.memory.bytes);
    this.#base = base;
    const batch = (name: string): RelayBatch => new RelayBatch({ kernels, arena, entropy, name, capacity: BATCH });
    this.#batches = { clients: batch("turn clients"), peers: batch("turn peers") };
    const block = (name: string): MessageBlock => new MessageBlock(arena, { name, count: BATCH, base });
    this.#incoming = { clients: block("turn from clients"), peers: block("turn from peers") };
    this.#sender = new BatchSender({ arena, calls, counters, canSegment });
    this.#name = new MessageBlock(arena, { name: "turn name", count: 1, base });
    for (const side of ["clients", "peers"] as const) {
      const { maxPacketBytes } = this.#batches[side];
      for (let i = 0; i < BATCH; i++) {
        this.#incoming[side].setPart(i, this.#batches[side].slotAddress(i), maxPacketBytes);
      }
    }
    this.#scratch = arena.reserve("turn system calls", 64).address;
    this.#eventsAt = arena.reserve("turn events", BATCH * EVENT_BYTES).address;
    this.#poller = calls.epollCreate(EPOLL_CLOEXEC);
    if (this.#poller < 0) {
      throw systemError("epoll_create1", calls.errno());
    }
    this.#watching = calls.watch(this.#poller, () => this.#ready());
  }

  size(side: DatagramSide): number {
    return this.#sides[side].size;
  }

  bind(side: DatagramSide, number: number, address: TransportAddress, done: (result: BindResult) => void): void {
    const opened = this.#open(side, number, address);
    if (opened instanceof Error) {
      done({ error: opened });
    } else {
      done({ port: opened });
    }
  }

  send(batch: RelayBatch, side: DatagramSide): void {
    const { words, count } = batch;
    const sockets = this.#sides[side];
    const leaving = this.#leaving;
    let leavers = 0;
    for (let i = 0; i < count; i++) {
      const at = i * RELAY_RECORD_WORDS;
      if (words[at + RelayWord.kind] !== RelayKind.ready || words[at + RelayWord.family] === 0) {
        continue;
      }
      const socket = sockets.get(words[at + RelayWord.socket]);
      if (socket === undefined) {
        continue;
      }
      if (socket.head < 0) {
        socket.head = i;
        leaving[leavers++] = socket;
      } else {
        this.#next[socket.tail] = i;
      }
      socket.tail = i;
    }
    const first = words.byteOffset >> 2;
    for (let n = 0; n < leavers; n++) {
      const socket = leaving[n];
      const { fd, tail } = socket;
      for (let i = socket.head; i !== tail; i = this.#next[i]) {
        this.#sender.add(fd, first + i * RELAY_RECORD_WORDS);
      }
      this.#sender.add(fd, first + tail * RELAY_RECORD_WORDS);
      this.#sender.flush(fd);
      socket.head = -1;
    }
  }

  sendOne(number: number, to: TransportAddress, bytes: Uint8Array): void {
    const socket = this.#sides.clients.get(number);
    if (socket !== undefined) {
      this.#sender.sendOne(socket.fd, to, bytes);
    }
  }

  close(side: DatagramSide, number: number): void {
    const socket = this.#sides[side].get(number);
    if (socket !== undefined) {
      this.#sides[side].delete(number);
      this.#sockets[socket.index] = undefined;
      this.#freeIndexes.push(socket.index);
      this.#calls.close(socket.fd);
    }
  }

  end(): Promise<void> {
    if (!this.#isEnded) {
      this.#isEnded = true;
      for (const side of ["clients", "peers"] as const) {
        for (const number of [...this.#sides[side].keys()]) {
          this.close(side, number);
        }
      }
      this.#watching.close();
      this.#calls.close(this.#poller);
    }
    return Promise.resolve();
  }

  /** The new socket's port, or why there is none. */
  #open(side: DatagramSide, number: number, address: TransportAddress): number | Error {
    const calls = this.#calls;
    const { view } = this.#memory;
    const scratch = this.#base + this.#scratch;
    const fd = calls.socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    if (fd < 0) {
      return systemError("socket", calls.errno());
    }
    const set = (level: number, name: number, value: number): void => {
      view.setInt32(this.#scratch, value, true);
      calls.setsockopt(fd, level, name, scratch, 4);
    };
    if (address.family === 6) {
      set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }
    set(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES[side]);
    set(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES[side]);
    const { family, port, ip0, ip1, ip2, ip3 } = address;
    this.#name.setName(0, family, port, ip0, ip1, ip2, ip3);
    const index = this.#freeIndexes.pop() ?? this.#sockets.length;
    const isOpen =
      calls.bind(fd, this.#name.nameAddress, family === 4 ? NAME4_BYTES : NAME6_BYTES) === 0 &&
      this.#watch(fd, index) === 0;
    if (!isOpen) {
      const error = systemError("bind", calls.errno());
      calls.close(fd);
      this.#freeIndexes.push(index);
      return error;
    }
    const socket: Socket = { fd, number, side, family, index, head: -1, tail: -1 };
    this.#sides[side].set(number, socket);
    this.#sockets[index] = socket;
    view.setInt32(this.#scratch, NAME6_BYTES, true);
    calls.getsockname(fd, this.#name.nameAddress, scratch);
    return this.#name.port(0);
  }

  #watch(fd: number, index: number): number {
    const { view } = this.#memory;
    view.setUint32(this.#scratch, EPOLLIN, true);
    view.setUint32(this.#scratch + EVENT_DATA_AT, index, true);
    return this.#calls.epollControl(this.#poller, EPOLL_CTL_ADD, fd, this.#base + this.#scratch);
  }

  /** Something can be read. */
  #ready(): void {
    try {
      for (let round = 0; round < MAX_ROUNDS && !this.#isEnded; round++) {
        const count = this.#calls.epollWait(this.#poller, this.#base + this.#eventsAt, BATCH, 0);
        if (count <= 0) {
          break;
        }
        this.#readAll(count);
      }
    } catch {
      // Nothing may throw into the loop.
      this.#counters.receiveFailed++;
    }
    // The loop calls this without looking at what was promised meanwhile; an immediate sees to that.
    setImmediate(nothing);
  }

  #readAll(count: number): void {
    const { view } = this.#memory;
    for (let i = 0; i < count; i++) {
      const socket = this.#sockets[view.getUint32(this.#eventsAt + i * EVENT_BYTES + EVENT_DATA_AT, true)];
      if (socket !== undefined) {
        this.#read(socket);
      }
    }
    this.#flush("clients");
    this.#flush("peers");
  }

  #read({ fd, number, side, family }: Socket): void {
    const batch = this.#batches[side];
    if (batch.count === BATCH) {
      this.#flush(side);
    }
    const incoming = this.#incoming[side];
    const first = batch.count;
    const got = this.#calls.recvmmsg(fd, incoming.address + first * MESSAGE_BYTES, BATCH - first, MSG_DONTWAIT, 0);
    if (got < 0) {
      const code = this.#calls.errno();
      this.#counters.receiveFailed += code === Errno.EAGAIN || code === Errno.EINTR ? 0 : 1;
      return;
    }
    let to = first;
    for (let from = first; from < first + got; from++) {
      const lengthBytes = incoming.lengthBytes(from);
      if (incoming.isCut(from)) {
        this.#counters.tooLong++;
      } else {
        if (from !== to) {
          // Behind one that was too long: rare enough to move.
          const address = batch.slotAddress(from);
          this.#memory.bytes.copyWithin(batch.slotAddress(to), address, address + lengthBytes);
        }
        const isIpv4 = family === 4;
        batch.setReceived(
          to,
          lengthBytes,
          number,
          family,
          incoming.port(from),
          incoming.ip(from, 0, family),
          isIpv4 ? 0 : incoming.ip(from, 1, family),
          isIpv4 ? 0 : incoming.ip(from, 2, family),
          isIpv4 ? 0 : incoming.ip(from, 3, family),
        );
        to++;
      }
      incoming.resetName(from);
    }
    batch.count = to;
  }

  #flush(side: DatagramSide): void {
    const batch = this.#batches[side];
    if (batch.count > 0 && !this.#isEnded) {
      this.#receive(side, batch);
    }
    batch.count = 0;
  }
}

function nothing(): void {
  // For the queues that Node empties behind an immediate.
}

function systemError(call: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -errno, syscall: call });
}
