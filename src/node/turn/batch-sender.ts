// Sends packets of the arena in as few system calls as they need: sendmmsg for a socket, and one message for packets of one length to
// one address, which the system cuts (UDP_SEGMENT) at half the price of as many messages.
import type { Arena } from "../../core/kernel/arena.js";
import type { TransportAddress } from "../../core/net/transport-address.js";
import { RelayWord } from "../../core/turn/relay-record.js";
import { Errno, type LinuxCalls } from "./linux-calls.js";
import { MESSAGE_BYTES, MessageBlock } from "./message-block.js";
import type { SocketCounters } from "./socket-counters.js";

/** Packets of one call. */
const MAX_PARTS = 64;
/** The most that one message holds before it is cut. */
const MAX_RUN_BYTES = 65_000;
/** Longer ones may not fit the path in one piece, and those are not cut. */
const MAX_SEGMENT_BYTES = 1472;
/** Runs that the system refused before no more are tried: a network card may not be able to, or the path be narrow. */
const MAX_REFUSALS = 8;
/** The longest datagram that `sendOne` takes. */
const MAX_ONE_BYTES = 4096;
const MSG_DONTWAIT = 0x40;

/** What a sender is made of. */
export type BatchSenderOptions = {
  readonly arena: Arena;
  readonly calls: LinuxCalls;
  readonly counters: SocketCounters;
  /** Whether the system cuts messages; found out by trying. */
  readonly canSegment: boolean;
};

/** Packets are added one after the other for one socket, then flushed. Their bytes are read before `flush` returns. */
export class BatchSender {
  readonly #arena: Arena;
  readonly #calls: LinuxCalls;
  readonly #counters: SocketCounters;
  readonly #block: MessageBlock;
  readonly #words: Int32Array;
  readonly #oneAt: number;
  /** First part and number of parts of each message. */
  readonly #firsts = new Int32Array(MAX_PARTS);
  readonly #counts = new Int32Array(MAX_PARTS);
  #refusalsLeft: number;
  #messages = 0;
  #parts = 0;
  /** The last message: where its record is, the length of its packets, and whether more may join. */
  #runAt = 0;
  #runBytes = 0;
  #isRunOpen = false;

  /** Throws `kernel/arena-full`. */
  constructor({ arena, calls, counters, canSegment }: BatchSenderOptions) {
    this.#arena = arena;
    this.#calls = calls;
    this.#counters = counters;
    this.#block = new MessageBlock(arena, {
      name: "turn outgoing",
      count: MAX_PARTS,
      base: calls.addressOf(arena.memory.bytes),
    });
    this.#words = new Int32Array(arena.memory.bytes.buffer);
    this.#oneAt = arena.reserve("turn one datagram", MAX_ONE_BYTES).address;
    this.#refusalsLeft = canSegment ? MAX_REFUSALS : 0;
  }

  /** Adds the packet of a record, by the index of its first word in the arena; sends what is there first when it is full. */
  add(fd: number, at: number): void {
    if (this.#parts === MAX_PARTS) {
      this.flush(fd);
    }
    const words = this.#words;
    const lengthBytes = words[at + RelayWord.lengthBytes];
    this.#block.setPart(this.#parts, words[at + RelayWord.address], lengthBytes);
    if (this.#isRunOpen && this.#joins(at, lengthBytes)) {
      this.#counts[this.#messages - 1]++;
      this.#isRunOpen = lengthBytes === this.#runBytes;
    } else {
      this.#begin(at, lengthBytes);
    }
    this.#parts++;
  }

  /** Sends what was added. What the system does not take is dropped: UDP never waits. */
  flush(fd: number): void {
    const messages = this.#messages;
    for (let i = 0; i < messages; i++) {
      this.#block.setParts(i, this.#firsts[i], this.#counts[i], this.#block.partBytes(this.#firsts[i]));
    }
    this.#messages = 0;
    this.#parts = 0;
    this.#isRunOpen = false;
    for (let sent = 0; sent < messages; ) {
      const more = this.#calls.sendmmsg(fd, this.#block.address + sent * MESSAGE_BYTES, messages - sent, MSG_DONTWAIT);
      if (more > 0) {
        sent += more;
        continue;
      }
      const code = this.#calls.errno();
      if (code === Errno.EAGAIN || code === Errno.ENOBUFS) {
        for (let i = sent; i < messages; i++) {
          this.#counters.sendBufferFull += this.#counts[i];
        }
        return;
      }
      if (code !== Errno.EINTR) {
        this.#refused(fd, sent);
        sent++;
      }
    }
  }

  /** Sends one datagram now. */
  sendOne(fd: number, to: TransportAddress, bytes: Uint8Array): void {
    if (bytes.length > MAX_ONE_BYTES) {
      this.#counters.sendFailed++;
      return;
    }
    this.#arena.memory.bytes.set(bytes, this.#oneAt);
    this.#block.setPart(0, this.#oneAt, bytes.length);
    this.#block.setName(0, to.family, to.port, to.ip0, to.ip1, to.ip2, to.ip3);
    this.#firsts[0] = 0;
    this.#counts[0] = 1;
    this.#messages = 1;
    this.flush(fd);
  }

  /** Whether a packet may be one of the last message's: to the same address, as long as its others, or shorter and its last. */
  #joins(at: number, lengthBytes: number): boolean {
    const words = this.#words;
    const runAt = this.#runAt;
    const total = (this.#counts[this.#messages - 1] + 1) * this.#runBytes;
    if (lengthBytes > this.#runBytes || lengthBytes === 0 || total > MAX_RUN_BYTES) {
      return false;
    }
    for (let word: number = RelayWord.family; word < RelayWord.ip + 4; word++) {
      if (words[at + word] !== words[runAt + word]) {
        return false;
      }
    }
    return true;
  }

  #begin(at: number, lengthBytes: number): void {
    const words = this.#words;
    const i = this.#messages++;
    const ip = at + RelayWord.ip;
    const [family, port] = [words[at + RelayWord.family], words[at + RelayWord.port]];
    this.#block.setName(i, family, port, words[ip], words[ip + 1], words[ip + 2], words[ip + 3]);
    this.#firsts[i] = this.#parts;
    this.#counts[i] = 1;
    this.#runAt = at;
    this.#runBytes = lengthBytes;
    this.#isRunOpen = this.#refusalsLeft > 0 && lengthBytes > 0 && lengthBytes <= MAX_SEGMENT_BYTES;
  }

  /** The system does not send message `i`: its packets one by one, if there are several; they may be fine. */
  #refused(fd: number, i: number): void {
    const [first, count] = [this.#firsts[i], this.#counts[i]];
    if (count === 1) {
      this.#counters.sendFailed++;
      return;
    }
    this.#refusalsLeft--;
    this.#counters.segmentsRefused++;
    for (let part = first; part < first + count; part++) {
      this.#block.setParts(i, part, 1, 0);
      const sent = this.#calls.sendmmsg(fd, this.#block.address + i * MESSAGE_BYTES, 1, MSG_DONTWAIT);
      this.#counters.sendFailed += sent === 1 ? 0 : 1;
    }
  }
}
