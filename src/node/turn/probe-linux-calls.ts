// Whether the system calls do here what we believe of them: two datagrams through loopback, read back and compared. A C library that
// lays its structures out otherwise, or a sandbox that forbids the calls, is found out before anybody's packets are.
import { Arena } from "../../core/kernel/arena.js";
import { type LinuxCalls, SOCK_DGRAM_NONBLOCK_CLOEXEC } from "./linux-calls.js";
import { AF_INET, MessageBlock, NAME4_BYTES } from "./message-block.js";

const LOOPBACK = 0x7f000001;
const MSG_DONTWAIT = 0x40;
/** What is sent, and how much of it is read. */
const [TEXTS, ROOM_BYTES] = [["four", "and more"], 4];

/** What was found. */
export type LinuxCallsFound = {
  /** Everything came back as it was sent. */
  readonly areRight: boolean;
  /** The system cuts one message into datagrams (UDP_SEGMENT, Linux 4.18). */
  readonly canSegment: boolean;
};

/** Tries the calls. Opens one socket and closes it. */
export function probeLinuxCalls(calls: LinuxCalls): LinuxCallsFound {
  const fd = calls.socket(AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (fd < 0) {
    return { areRight: false, canSegment: false };
  }
  try {
    const loop = new Loop(calls, fd);
    const areRight = loop.isBound && loop.send([1, 1]) === 2 && loop.hasReceived(["four", "and "], [false, true]);
    // Eight and four bytes as one message of two, in pieces of eight, are cut as they were put together.
    const canSegment = areRight && loop.send([2]) === 1 && loop.hasReceived(["and ", "four"], [true, false]);
    return { areRight, canSegment };
  } finally {
    calls.close(fd);
  }
}

/** A socket that sends to itself. */
class Loop {
  readonly isBound: boolean;
  readonly #calls: LinuxCalls;
  readonly #fd: number;
  readonly #bytes: Uint8Array;
  readonly #outgoing: MessageBlock;
  readonly #incoming: MessageBlock;
  readonly #slots: number;
  readonly #port: number;

  constructor(calls: LinuxCalls, fd: number) {
    const arena = Arena.create({ sizeBytes: 131_072 });
    const base = calls.addressOf(arena.memory.bytes);
    this.#calls = calls;
    this.#fd = fd;
    this.#bytes = arena.memory.bytes;
    this.#outgoing = new MessageBlock(arena, { name: "outgoing", count: 2, base });
    this.#incoming = new MessageBlock(arena, { name: "incoming", count: 2, base });
    this.#slots = arena.reserve("slots", 64).address;
    const length = arena.reserve("length", 4).address;
    arena.memory.view.setInt32(length, NAME4_BYTES, true);
    const name = this.#outgoing.nameAddress;
    this.#outgoing.setName(0, 4, 0, LOOPBACK, 0, 0, 0);
    this.isBound = calls.bind(fd, name, NAME4_BYTES) === 0 && calls.getsockname(fd, name, base + length) === 0;
    this.#port = this.#outgoing.port(0);
  }

  /** Sends both texts as so many messages, each of so many parts; the longer one comes first when they are one. */
  send(parts: readonly number[]): number {
    const texts = parts.length === 1 ? [...TEXTS].reverse() : TEXTS;
    texts.forEach((text, i) => {
      this.#bytes.set(new TextEncoder().encode(text), this.#slots + 16 * i);
      this.#outgoing.setPart(i, this.#slots + 16 * i, text.length);
      this.#incoming.setPart(i, this.#slots + 32 + 16 * i, ROOM_BYTES);
      this.#incoming.resetName(i);
    });
    parts.forEach((count, i) => {
      this.#outgoing.setName(i, 4, this.#port, LOOPBACK, 0, 0, 0);
      this.#outgoing.setParts(i, i, count, texts[i].length);
    });
    return this.#calls.sendmmsg(this.#fd, this.#outgoing.address, parts.length, MSG_DONTWAIT);
  }

  hasReceived(texts: readonly string[], areCut: readonly boolean[]): boolean {
    const incoming = this.#incoming;
    const got = this.#calls.recvmmsg(this.#fd, incoming.address, 2, MSG_DONTWAIT, 0);
    const isRight = (text: string, i: number): boolean => {
      const at = this.#slots + 32 + 16 * i;
      const bytes = this.#bytes.slice(at, at + incoming.lengthBytes(i));
      const isFromSelf = incoming.port(i) === this.#port && incoming.ip(i, 0, 4) === LOOPBACK;
      return isFromSelf && new TextDecoder().decode(bytes) === text && incoming.isCut(i) === areCut[i];
    };
    return got === 2 && texts.every(isRight);
  }
}
